"""Programs of the house: setup, gates, documentation. None of this ships."""

from __future__ import annotations

import sys
from pathlib import Path

# So that `python -m tools.update_goldens` finds the collection as the tests do.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / ".ansible" / "collections"))
