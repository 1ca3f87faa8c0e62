# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the checks found, for people: lines of one router, a table of all of them, a page. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.table import table

MARKS = {"good": "\u2713", "bad": "\u2717", "warning": "!", "skipped": "-"}
_ORDER = {"bad": 0, "warning": 1, "good": 2, "skipped": 3}
_WORDS = {"good": "as expected", "bad": "not as expected", "warning": "worth a look", "skipped": "not checked"}

Row = Mapping[str, Any]
"""A row as Row.as_dict gives it."""


_DIGEST = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{28,}\b")


def _cell(row: Row) -> list[str]:
    """A row's words. Digests that are as expected are told by their beginning: two of them fill a screen's width."""
    found = [str(row[key]) for key in ("expect", "actual")]
    if row["mark"] == "good":
        found = [_DIGEST.sub("\\1\u2026", text) for text in found]
    return [MARKS[row["mark"]], str(row["check"]), *found, str(row["why"])]


def router_lines(router: str, rows: Sequence[Row], width: int = 0) -> list[str]:
    """One router: a row per check with Expect and Actual, then the sum of it."""
    made = table(("", "Check", "Expect", "Actual", "Why"), [_cell(row) for row in rows], width=width)
    return [f"{router}:", *(f"  {line}" for line in made.splitlines()), f"  {router}: {summed(rows)}"]


def faults(rows: Sequence[Row]) -> list[str]:
    """What is wrong, a line each."""
    return [
        f"{MARKS[row['mark']]} {row['check']}: expected {row['expect']}, found {row['actual']}"
        + (f" ({row['why']})" if row["why"] else "")
        for row in sorted(rows, key=lambda row: _ORDER[row["mark"]])
        if row["mark"] in ("bad", "warning")
    ]


def summed(rows: Sequence[Row]) -> str:
    """`18 checks as expected, 1 not, 2 not checked`."""
    count = {mark: sum(row["mark"] == mark for row in rows) for mark in _ORDER}
    parts = [f"{count['good']} as expected"]
    parts += [f"{count['bad']} NOT as expected"] if count["bad"] else []
    parts += [f"{count['warning']} worth a look"] if count["warning"] else []
    parts += [f"{count['skipped']} not checked"] if count["skipped"] else []
    return ", ".join(parts)


def fleet_table(results: Mapping[str, Sequence[Row]], width: int = 0) -> list[str]:
    """All routers: a row each, and what is wrong on it."""
    rows = []
    for router, found in results.items():
        bad = any(row["mark"] == "bad" for row in found)
        wrong = "; ".join(f"{row['check']}: {row['actual']}" for row in found if row["mark"] in ("bad", "warning"))
        counts = [sum(row["mark"] == mark for row in found) for mark in ("good", "bad", "warning", "skipped")]
        rows.append([MARKS["bad" if bad else "good"], router, *counts, wrong])
    right = ("Good", "Bad", "Look", "Skip")
    made = table(("", "Router", *right, "What is wrong"), rows, right=right, width=width)
    return made.splitlines()


_STYLE = (
    "body{font:14px/1.4 system-ui,sans-serif;margin:2em auto;max-width:75em;padding:0 1em;color:#1b1f24}"
    "table{border-collapse:collapse;width:100%;margin:.5em 0 2em}th,td{text-align:left;padding:.3em .7em;"
    "border-bottom:1px solid #d8dee4;vertical-align:top}td.mark{font-weight:700;text-align:center}"
    "tr.bad td{background:#ffebe9}tr.bad td.mark{color:#b3261e}tr.good td.mark{color:#1a7f37}"
    "tr.warning td{background:#fff8c5}tr.skipped td{color:#6e7781}code{white-space:pre-wrap}"
    "@media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}th,td{border-color:#30363d}"
    "tr.bad td{background:#3d1418}tr.warning td{background:#332a00}a{color:#58a6ff}}"
)


def page(title: str, when: str, results: Mapping[str, Sequence[Row]]) -> str:
    """A page that needs nothing but itself: no script, no other file."""
    body = [f"<h1>{escape(title)}</h1>", f"<p>{escape(when)}</p>", "<table>", _row_of("th", ["", "Router", "Found"])]
    for router, rows in results.items():
        mark = "bad" if any(row["mark"] == "bad" for row in rows) else "good"
        link = f'<a href="#{escape(router, quote=True)}">{escape(router)}</a>'
        body.append(f'<tr class="{mark}">{_mark(mark)}<td>{link}</td><td>{escape(summed(rows))}</td></tr>')
    body.append("</table>")
    for router, rows in results.items():
        body += _section(router, rows)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    start = f'<!doctype html><html lang="en"><head>{head}<style>{_STYLE}</style></head><body>'
    return f"{start}{''.join(body)}</body></html>\n"


def _section(router: str, rows: Sequence[Row]) -> list[str]:
    made = [f'<h2 id="{escape(router, quote=True)}">{escape(router)}</h2>', "<table>"]
    made.append(_row_of("th", ["", "Check", "Expect", "Actual", "Why"]))
    for row in sorted(rows, key=lambda row: _ORDER[row["mark"]]):
        cells = "".join(f"<td><code>{escape(str(row[key]))}</code></td>" for key in ("check", "expect", "actual"))
        made.append(f'<tr class="{row["mark"]}">{_mark(row["mark"])}{cells}<td>{escape(str(row["why"]))}</td></tr>')
    return [*made, "</table>"]


def _mark(mark: str) -> str:
    return f'<td class="mark" title="{_WORDS[mark]}">{MARKS[mark]}</td>'


def _row_of(tag: str, cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"
