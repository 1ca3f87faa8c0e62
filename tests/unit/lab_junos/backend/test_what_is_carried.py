"""The page about the emulator says what the data plane leaves out and refuses; the code does what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.junos.backend.frr.translate import NOT_CARRIED, REFUSED_PROTOCOLS, translate
from lab.junos.backend.frr.unsupported import REFUSED

from .loading import BACKBONE, data

PAGE = (Path(__file__).parents[4] / "docs" / "lab-junos.md").read_text()
BGP, OSPF = "protocols bgp group carrier", "protocols ospf area 0.0.0.0"
IMPOSSIBLE = [
    (f"{BGP} family inet-vpn unicast", f"{BGP} family", "inet-vpn"),
    (f"{BGP} family inet multicast", f"{BGP} family inet", "multicast"),
    ("protocols bgp family inet6 multicast", "protocols bgp family inet6", "multicast"),
    (f"{BGP} neighbor 198.51.100.0 family inet unicast add-path receive",
     f"{BGP} neighbor 198.51.100.0 family inet unicast", "add-path"),
    (f"{BGP} family inet unicast prefix-limit hide-excess 9", f"{BGP} family inet unicast prefix-limit", "hide-excess"),
    (f"{BGP} family inet unicast accepted-prefix-limit drop-excess 90",
     f"{BGP} family inet unicast accepted-prefix-limit", "drop-excess"),
    (f"{BGP} accept-remote-nexthop", BGP, "accept-remote-nexthop"),
    ("protocols bgp path-selection med-plus-igp", "protocols bgp", "path-selection"),
    (f"{OSPF} interface ge-0/0/0.0 node-link-protection", f"{OSPF} interface ge-0/0/0.0", "node-link-protection"),
    (f"{OSPF} authentication-type simple", OSPF, "authentication-type"),
    ("routing-options martians 192.0.2.0/24 exact", "routing-options", "martians"),
    ("routing-options interface-routes family inet export lan", "routing-options", "interface-routes"),
    ("routing-options rib inet6.3 static route 2001:db8::/48 discard", "routing-options rib", "inet6.3"),
    ("routing-options autonomous-system loops 3", "routing-options autonomous-system", "loops"),
    ("routing-options forwarding-table unicast-reverse-path feasible-paths", "routing-options forwarding-table",
     "unicast-reverse-path"),
]  # fmt: skip


@pytest.mark.parametrize("statement, path, word", IMPOSSIBLE, ids=[statement for statement, _, _ in IMPOSSIBLE])
def test_what_would_lead_packets_elsewhere_is_refused_by_name(statement: str, path: str, word: str) -> None:
    _, refusals = translate(data(BACKBONE, f"set {statement}"))
    assert [(r.path, r.bad_element) for r in refusals] == [(f"[edit {path}]", word)]
    assert refusals[0].message == f"{word} is not supported by this data plane"


@pytest.mark.parametrize("statement", NOT_CARRIED)
def test_the_page_lists_what_has_no_effect(statement: str) -> None:
    shown = statement.replace("|", "\\|")
    assert f"| `{shown}` | {NOT_CARRIED[statement]} |\n" in PAGE


@pytest.mark.parametrize("level", REFUSED)
def test_the_page_lists_what_is_refused(level: str) -> None:
    assert f"| `{level}` | {', '.join(f'`{name}`' for name in REFUSED[level])} |\n" in PAGE
    assert ", ".join(f"`{name}`" for name in REFUSED_PROTOCOLS) in PAGE
