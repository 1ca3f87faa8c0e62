"""The lab's `apt-get`, `apt-cache`, `dpkg` and `dpkg-query`: each FRR router has its own version of FRR.

What is installed is a fact on the host's disk; FRR's programs stay the machine's. An install takes its time, restarts
the host's daemons for real, and fails as it was told to (`python -m lab fault`).
"""
