"""An incident as one HTML page that needs nothing else: the picture as SVG, and the timeline as a table."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from tools.timeline_model import Incident, Step, steps

_STYLE = """
:root { color-scheme: light; }
body { margin: 2rem auto; max-width: 82rem; padding: 0 1.5rem; background: #fff; color: #1a1a1a;
  font: 16px/1.5 "Source Sans 3", "Noto Sans", system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .3rem; }
p { color: #5c5c5c; margin: 0 0 1.5rem; max-width: 60rem; }
figure { margin: 0 0 2rem; }
figure svg { width: 100%; height: auto; display: block; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding-bottom: .5rem; }
th { text-align: left; color: #5c5c5c; font-weight: 400; font-size: .85rem; }
th, td { padding: .3rem 1.2rem .3rem 0; border-bottom: 1px solid #e6e6e6; vertical-align: baseline; }
td.n { text-align: right; white-space: nowrap; }
td.what { font-weight: 600; white-space: nowrap; }
td.more { color: #5c5c5c; }
@media print { body { margin: 0; max-width: none; } }
"""


def page(incident: Incident, picture: str) -> str:
    """The page; `picture` is an <svg> element."""
    rows = "\n".join(_row(step) for step in steps(incident))
    title = escape(incident.title)
    alternative = (
        f"Loss between sites, loss of paths and OSPF cost over time; the table below tells the events. {title}"
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
<figure role="img" aria-label="{alternative}">
{picture}
</figure>
<table>
<caption>Timeline of {escape(incident.path)}</caption>
<thead><tr><th>#</th><th>time, UTC</th><th>since onset</th><th>later by</th><th>what</th><th></th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</body>
</html>
"""


def _row(step: Step) -> str:
    when = datetime.fromtimestamp(step.event.time, UTC).strftime("%H:%M:%S.%f")[:-3]
    later = f"{step.since_last:+.1f} s" if step.number > 1 else ""
    return (
        f'<tr><td class="n">{step.number}</td><td class="n">{when}</td><td class="n">{step.since_onset:+.1f} s</td>'
        f'<td class="n">{later}</td><td class="what">{escape(step.event.title)}</td>'
        f'<td class="more">{escape(step.event.text)}</td></tr>'
    )
