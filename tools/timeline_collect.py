r"""Collects an incident: Prometheus, the audit log, and marks that were written down as things happened.

    python -m tools.timeline_collect --path jkt-sby/north --start T --end T --prometheus http://192.0.2.129:9090 \
        --audit audit.jsonl --marks marks.jsonl --output incident.json

Raw samples are read (an instant query of a range selector), so that a time in the picture is the time of a sample and
not of a step. A mark is a JSON object on a line: {"time": 1790000000.5, "kind": "onset", "text": "30 % loss on north"};
a line of {"series": "user_loss", "name": "jkt to sby", "points": [[1790000000.5, 0.3]]} adds to the picture.
"""

from __future__ import annotations

import argparse
import json
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tools.timeline_model import (
    Event,
    Incident,
    IncidentError,
    Lines,
    Series,
    audit_events,
    marked_series,
    marks,
    measured_events,
    merge,
    to_data,
)

TIMEOUT_S = 20.0
Found = list[tuple[dict[str, str], list[tuple[float, float]]]]


def samples(url: str, selector: str, start: float, end: float) -> Found:
    """Labels and raw points of every series a selector names. Raises IncidentError when Prometheus does not answer."""
    query = f"{selector}[{max(1, int((end - start) * 1000))}ms]"
    asked = f"{url.rstrip('/')}/api/v1/query?{urllib.parse.urlencode({'query': query, 'time': f'{end:.3f}'})}"
    try:
        with urllib.request.urlopen(asked, timeout=TIMEOUT_S) as answer:  # noqa: S310 - the URL is the caller's own
            told = json.load(answer)
        return [(dict(one["metric"]), _points(one["values"])) for one in told["data"]["result"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IncidentError(f"{url}: '{query}': {error}") from error


def _points(values: Iterable[Sequence[Any]]) -> list[tuple[float, float]]:
    return [(float(when), float(value)) for when, value in values]


def measured(url: str, start: float, end: float) -> tuple[dict[str, tuple[Series, ...]], dict[str, list[float]]]:
    """The lines of a picture, and for each path the times at which an alert that asks for a reroute was firing."""
    groups = {"path_loss": Lines(), "site_loss": Lines(), "cost": Lines()}
    for labels, points in samples(url, "path:loss:ratio5s", start, end):
        groups["path_loss"].add(_path(labels), points)
    for labels, points in samples(url, "site:loss:ratio5s", start, end):
        groups["site_loss"].add(f"{labels.get('source', '?')} to {labels.get('peer', '?')}", points)
    members = {
        (one.get("router"), one.get("interface")) for one, _ in samples(url, "fairway_interface_path", start, end)
    }
    for labels, points in samples(url, "fairway_ospf_cost", start, end):
        if (labels.get("router"), labels.get("interface")) in members:
            groups["cost"].add(f"{labels.get('router')} {labels.get('interface')}", points)
    firing: dict[str, list[float]] = {}
    for labels, points in samples(url, 'ALERTS{alertstate="firing",action="reroute"}', start, end):
        firing.setdefault(_path(labels), []).extend(when for when, _value in points)
    return {group: lines.series() for group, lines in groups.items()}, {p: sorted(times) for p, times in firing.items()}


def _path(labels: Mapping[str, str]) -> str:
    return f"{labels.get('backbone', '?')}/{labels.get('path', '?')}"


def collect(
    path: str, start: float, end: float, prometheus: str, audit: Iterable[str], marked: Sequence[str], title: str = ""
) -> Incident:
    """Everything about a path between two times. Raises IncidentError when nothing says that anything happened."""
    series, firing = measured(prometheus, start, end)
    series = {**series, **marked_series(marked)}
    told = merge(marks(marked), audit_events(audit, path, start, end))
    began = told or (Event(start, "onset"),)
    bare = Incident(title or f"Incident on {path}", path, series, began)
    events = merge(told, measured_events(bare, firing.get(path, [])))
    if not events:
        raise IncidentError(f"neither marks nor audit log nor alerts say that anything happened to {path}")
    return replace(bare, events=events)


def _lines(path: Path | None) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path else []


def main(argv: Sequence[str] | None = None) -> int:
    program = argparse.ArgumentParser(
        prog="python -m tools.timeline_collect",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    program.add_argument("--path", required=True, help="the path, such as jkt-sby/north")
    program.add_argument("--start", type=float, required=True, help="seconds since 1970")
    program.add_argument("--end", type=float, required=True, help="seconds since 1970")
    program.add_argument("--prometheus", required=True, metavar="URL", help="where the samples are")
    program.add_argument("--audit", type=Path, metavar="FILE", help="the audit log")
    program.add_argument("--marks", type=Path, metavar="FILE", help="what was written down as it happened")
    program.add_argument("--title", default="", help="above the picture (default: Incident on PATH)")
    program.add_argument("--output", type=Path, required=True, metavar="FILE", help="incident.json")
    told = program.parse_args(argv)
    try:
        audit, marked = _lines(told.audit), _lines(told.marks)
        found = collect(told.path, told.start, told.end, told.prometheus, audit, marked, told.title)
        told.output.write_text(json.dumps(to_data(found), indent=1) + "\n", encoding="utf-8")
    except (IncidentError, OSError, TypeError, ValueError) as error:
        print(f"timeline: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
