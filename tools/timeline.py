"""Draws an incident that was recorded, and prints its timeline.

    python -m tools.timeline incident.json --png incident.png --html incident.html

`tools.timeline_collect` records one. Without --png and --html only the timeline is printed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.timeline_model import Incident, IncidentError, from_data, text_table


def read(path: Path) -> Incident:
    """Raises IncidentError when the file is not there or holds no incident."""
    try:
        return from_data(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise IncidentError(f"{path}: {error}") from error


def draw(incident: Incident, png: Path | None, html: Path | None) -> None:
    """Write the picture; matplotlib is loaded only now."""
    from tools import timeline_page, timeline_plot

    if png:
        png.write_bytes(timeline_plot.png(incident))
    if html:
        html.write_text(timeline_page.page(incident, timeline_plot.svg(incident)), encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    program = argparse.ArgumentParser(
        prog="python -m tools.timeline", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    program.add_argument("incident", type=Path, help="incident.json")
    program.add_argument("--png", type=Path, metavar="FILE", help="write the picture")
    program.add_argument("--html", type=Path, metavar="FILE", help="write a page with picture and events")
    told = program.parse_args(argv)
    try:
        incident = read(told.incident)
        draw(incident, told.png, told.html)
    except (IncidentError, OSError) as error:
        print(f"timeline: {error}", file=sys.stderr)
        return 1
    print(text_table(incident))
    return 0


if __name__ == "__main__":
    sys.exit(main())
