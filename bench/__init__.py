"""Benchmarks: Fairway and the plain code it is compared with, side by side in one run."""

import sys
from pathlib import Path

# The checkout is the collection: benchmarks of its pure parts import it by its full name.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / ".ansible" / "collections"))
