"""What may stand in a file of this repository."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

import pytest

from tools.stage import ROOT, project_files

# Files that quote others' text, or that are about these very patterns.
QUOTED = {"LICENSE", "tests/unit/house/test_tracked_files.py"}

NOT_HERE = {
    "a package index": r"(--(extra-)?index-url|--find-links|https?://\S*/simple\b|files\.pythonhosted|\bpypi\.org)",
    "a path of one machine": r"(/work/(main|shared)\b|/opt/(pypi|wheels)|/home/(?!fairway\b|runner\b)[a-z]+/)",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}",
    "an unfinished thought": r"\b(TODO|FIXME|XXX)\b",
}

DOCUMENTATION = [ipaddress.ip_network(n) for n in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
# This host, link-local, multicast (OSPF), masks and "any"; RFC 1918, RFC 6598 and reserved space stand in filters
# and bogon lists only as whole prefixes, see `host_addresses`.
SPECIAL = [ipaddress.ip_network(n) for n in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")]
# The addresses that every Junos router gives its own internal interfaces; the emulator shows them too.
AS_ON_A_ROUTER = {"lab/junos/oper/interfaces.py"}


def text_files() -> Iterator[tuple[str, str]]:
    """Name and text of every file of ours that is text."""
    for name in project_files():
        if name in QUOTED or name.startswith("requirements"):
            continue
        try:
            yield name, (ROOT / name).read_text()
        except UnicodeDecodeError:
            continue


def places(text: str, expression: str) -> Iterator[int]:
    """Line numbers where an expression matches."""
    return (text.count("\n", 0, match.start()) + 1 for match in re.finditer(expression, text))


def host_addresses(text: str) -> Iterator[tuple[int, str]]:
    """Line and address of dotted quads that name a host: not part of a longer number, not a prefix's network."""
    for match in re.finditer(r"(?<![\w.-])(\d{1,3}(?:\.\d{1,3}){3})(/\d+)?(?![\w-]|\.\d)", text):
        try:
            address = ipaddress.IPv4Address(match[1])
            if match[1].endswith(".0.0.0"):
                continue
            if match[2] and ipaddress.IPv4Interface(match[0]).network.network_address == address:
                continue
        except ValueError:
            continue
        yield text.count("\n", 0, match.start()) + 1, match[1]


@pytest.mark.parametrize("what", NOT_HERE)
def test_no_file_holds(what: str) -> None:
    found = [f"{name}:{line}" for name, text in text_files() for line in places(text, NOT_HERE[what])]
    assert found == []


def test_addresses_are_the_documentation_ones() -> None:
    """A typo in an example must never be somebody's router (RFC 5737)."""
    found = [
        f"{name}:{line}: {address}"
        for name, text in text_files()
        if name not in AS_ON_A_ROUTER
        for line, address in host_addresses(text)
        if not any(ipaddress.ip_address(address) in network for network in DOCUMENTATION + SPECIAL)
    ]
    assert found == []


def test_ipv6_addresses_are_the_documentation_ones() -> None:
    """RFC 3849 in the intent; link-local and loopback aside."""
    found = [
        f"{name}:{line}"
        for name, text in text_files()
        if name.startswith(("inventory/", "docs/", "templates/"))
        for line in places(text, r"(?<![\w:])(?!2001:db8|fe80|ff0)2[0-9a-f]{3}:[0-9a-f:]+")
    ]
    assert found == []


def test_no_source_file_outgrows_its_reader() -> None:
    """Files of 100 to 300 lines read in one sitting; 400 is the ceiling."""
    sizes = {name: text.count("\n") for name, text in text_files() if name.endswith(".py")}
    assert {name: lines for name, lines in sizes.items() if lines > 400} == {}


def test_shipped_plugins_carry_the_licence() -> None:
    bare = [
        name
        for name, text in text_files()
        if name.startswith("plugins/") and "SPDX-License-Identifier: GPL-3.0-or-later" not in text[:400]
    ]
    assert bare == []
