"""Named communities as FRR lists and `set community` lines."""

from __future__ import annotations

import re

from lab.junos.backend.frr.context import Translation
from lab.junos.backend.frr.words import safe_name
from lab.junos.backend.reading import node, values

WELL_KNOWN = {
    "no-export": "no-export",
    "no-advertise": "no-advertise",
    "no-export-subconfed": "local-AS",
    "graceful-shutdown": "graceful-shutdown",
    "blackhole": "blackhole",
}
_STANDARD = re.compile(r"^\d+:\d+$")
_LARGE = re.compile(r"^large:(\d+:\d+:\d+)$")


def members(t: Translation, name: str) -> tuple[list[str], list[str], list[str]]:
    """(standard communities, large communities, expressions) of a named community; refuses what FRR has not."""
    path = f"policy-options community {name}"
    entry = node(t.data, "policy-options", "community", name)
    if "invert-match" in entry:
        t.refuse(path, "invert-match is not supported by this data plane", "invert-match")
    standard: list[str] = []
    large: list[str] = []
    expressions: list[str] = []
    for member in values(entry, "members"):
        text = member.strip('"')
        if _STANDARD.match(text) or text in WELL_KNOWN:
            standard.append(WELL_KNOWN.get(text, text))
        elif found := _LARGE.match(text):
            large.append(found.group(1))
        elif text.startswith(("target:", "origin:", "large:", "color:", "bandwidth:", "0x")) or "|" in text:
            t.refuse(path, f"community {text} is not supported by this data plane", text)
        else:
            expressions.append(_expression(text))
    return standard, large, expressions


def _expression(text: str) -> str:
    """`64496:*` and `^64496:1..$` as an FRR expression: in Junos a lone `*` on one side means any number."""
    left, colon, right = text.strip("^$").partition(":")
    if not colon:
        return text
    sides = ["[0-9]+" if side in ("*", ".*") else side.replace(".", "[0-9]") for side in (left, right)]
    return f"^{sides[0]}:{sides[1]}$"


def match_lines(t: Translation, name: str) -> list[str] | None:
    """The matches of `from community NAME` (all members have to be there); None when it can never match."""
    standard, large, expressions = members(t, name)
    name = safe_name(name)
    lines: list[str] = []
    if standard and not expressions:
        t.lines(("community", name), [f"bgp community-list standard {name} seq 5 permit {' '.join(standard)}"])
        lines.append(f"match community {name}")
    elif len(expressions) == 1 and not standard:
        t.lines(("community", name), [f"bgp community-list expanded {name} seq 5 permit {_inside(expressions[0])}"])
        lines.append(f"match community {name}")
    elif expressions:
        t.refuse(
            f"policy-options community {name}",
            "several members with an expression among them are not supported by this data plane",
            name,
        )
    if large:
        t.lines(("large-community", name), [f"bgp large-community-list standard {name} seq 5 permit {' '.join(large)}"])
        lines.append(f"match large-community {name}")
    return lines or None


def _inside(expression: str) -> str:
    """An expression for one community within the text of all of them (`_` is a separator or an end)."""
    return f"_{expression.strip('^$')}_"


def set_lines(t: Translation, path: str, actions: list[tuple[str, str]]) -> list[str]:
    """`then community add|delete|set NAME` as set lines: FRR takes one of a kind, so they are combined.

    A `set` (or `=`) discards what was there and what came before it; deletions are done first.
    """
    wanted: tuple[list[str], list[str]] = ([], [])
    replaces = False
    lines: list[str] = []
    for action, name in actions:
        standard, large, expressions = members(t, name)
        if action == "delete":
            lines += _deletions(t, name, standard, large, expressions)
            continue
        if expressions:
            t.refuse(path, f"community {name} has an expression and cannot be added", name)
        if action in ("set", "="):
            replaces, wanted = True, ([], [])
        wanted[0].extend(standard)
        wanted[1].extend(large)
    suffix = "" if replaces else " additive"
    if wanted[0]:
        lines.append(f"set community {' '.join(dict.fromkeys(wanted[0]))}{suffix}")
    elif replaces:
        lines.append("set community none")
    if wanted[1]:
        lines.append(f"set large-community {' '.join(dict.fromkeys(wanted[1]))}{suffix}")
    return lines


def _deletions(t: Translation, name: str, standard: list[str], large: list[str], expressions: list[str]) -> list[str]:
    """Any member that is there goes: one line per member."""
    name = safe_name(name)
    lines = []
    if standard and not expressions:
        texts = [f"bgp community-list standard {name}:any seq {5 * i} permit {c}" for i, c in enumerate(standard, 1)]
        t.lines(("community", f"{name}:any"), texts)
        lines.append(f"set comm-list {name}:any delete")
    elif expressions:
        both = [*standard, *expressions]
        texts = [
            f"bgp community-list expanded {name}:any seq {5 * i} permit {_inside(c)}" for i, c in enumerate(both, 1)
        ]
        t.lines(("community", f"{name}:any"), texts)
        lines.append(f"set comm-list {name}:any delete")
    if large:
        texts = [f"bgp large-community-list standard {name}:any seq {5 * i} permit {c}" for i, c in enumerate(large, 1)]
        t.lines(("large-community", f"{name}:any"), texts)
        lines.append(f"set large-comm-list {name}:any delete")
    return lines
