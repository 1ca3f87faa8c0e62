"""Programs of the house: setup, gates, documentation. None of this ships."""
