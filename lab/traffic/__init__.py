"""`python -m lab traffic`: numbered packets between hosts, and exactly which of them never arrived."""
