"""Prefix lists and route filters as FRR prefix-lists.

Junos looks for the longest prefix of a term's filters that holds the route and then asks only that one; FRR takes the
first entry that fits. Longer prefixes therefore come first, and a prefix that a shorter one would catch as well is
closed with a deny.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lab.junos.backend.reading import Node, keyed, leaf, node, parts

Filter = tuple[str, str, str]
"""A prefix, how it is to match (`exact`, `orlonger`, `longer`, `upto`, `prefix-length-range`), and its argument."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class FilterError(ValueError):
    """A route filter that FRR cannot express; the text is the word."""


def prefix_list(data: Node, name: str) -> list[str]:
    """The prefixes of a prefix-list, `apply-path` resolved."""
    entry = node(data, "policy-options", "prefix-list", name)
    found = list(node(entry, "prefix-list-item"))
    path = leaf(entry, "apply-path")
    return found + (list(apply_path(data, path)) if path else [])


def apply_path(data: Node, path: str) -> Iterator[str]:
    """The prefixes that an `apply-path` picks: `protocols bgp group <*> neighbor <*>`."""
    for text in _walk(data, path.strip('"').split()):
        try:
            yield str(ipaddress.ip_network(text, strict=False))
        except ValueError:
            continue


def _walk(value: Any, words: Sequence[str]) -> Iterator[str]:
    if not words:
        if isinstance(value, str):
            yield value
        return
    word, rest = words[0], words[1:]
    if isinstance(value, Mapping):
        if set(value) == {"interface"} or ("interface" in value and word not in value and not word.startswith("<")):
            value = value["interface"]
        if not word.startswith("<"):
            if word in value:
                yield from _walk(value[word], rest)
            return
        pattern = word.strip("<>").rstrip("*")
        for key, entry in value.items():
            if not str(key).startswith(pattern):
                continue
            yield from [str(key)] if not rest else _walk(entry, rest)
    elif isinstance(value, list | tuple) and not rest:
        yield from (str(item) for item in value)
    elif isinstance(value, str) and not rest:
        yield value


def route_filters(data: Node, where: Node) -> list[Filter] | None:
    """All prefix conditions of a `from`: they are one set. None when there is no such condition."""
    found: list[Filter] = []
    conditions = ("prefix-list", "prefix-list-filter", "route-filter", "route-filter-list")
    if not any(name in where for name in conditions):
        return None
    for key, _ in keyed(where, "prefix-list"):
        found += [(prefix, "exact", "") for prefix in prefix_list(data, key[0])]
    for key, _ in keyed(where, "prefix-list-filter"):
        found += [(prefix, _kind(key, 1), "") for prefix in prefix_list(data, key[0])]
    for key, _ in keyed(where, "route-filter"):
        found.append((key[0], _kind(key, 1), key[2] if len(key) > 2 else ""))
    for key, _ in keyed(where, "route-filter-list"):
        for item in node(data, "policy-options", "route-filter-list", key[0], "rf_list"):
            words = parts(item)
            found.append((words[0], _kind(words, 1), words[2] if len(words) > 2 else ""))
    return found


def _kind(words: list[str], position: int) -> str:
    kind = words[position] if len(words) > position else "exact"
    if kind not in ("exact", "orlonger", "longer", "upto", "prefix-length-range"):
        raise FilterError(kind)
    return kind


def of_version(filters: list[Filter], version: int) -> list[Filter]:
    """The filters of IPv4 (4) or IPv6 (6)."""
    return [item for item in filters if ipaddress.ip_network(item[0], strict=False).version == version]


def entries(filters: list[Filter]) -> list[str]:
    """`permit 192.0.2.0/24 le 32` entries in the order in which FRR has to ask them."""
    groups: dict[Network, list[Filter]] = {}
    for item in filters:
        groups.setdefault(ipaddress.ip_network(item[0], strict=False), []).append(item)
    ordered = sorted(groups, key=lambda n: (-n.prefixlen, int(n.network_address)))
    out: list[str] = []
    for network in ordered:
        lines = [line for item in groups[network] if (line := _permit(network, item[1], item[2])) is not None]
        out += lines
        covered = any(kind == "orlonger" for _, kind, _ in groups[network])
        if not covered and any(other != network and network.subnet_of(other) for other in ordered):  # type: ignore[arg-type]
            out.append(f"deny {_range(network, network.prefixlen, network.max_prefixlen)}")
    return list(dict.fromkeys(out))


def _permit(network: Network, kind: str, argument: str) -> str | None:
    low, high = network.prefixlen, network.prefixlen
    if kind == "orlonger":
        high = network.max_prefixlen
    elif kind == "longer":
        low, high = network.prefixlen + 1, network.max_prefixlen
    elif kind == "upto":
        high = int(argument.strip("/"))
    elif kind == "prefix-length-range":
        first, _, last = argument.partition("-")
        low, high = int(first.strip("/")), int(last.strip("/"))
    return None if low > high else f"permit {_range(network, low, high)}"


def _range(network: Network, low: int, high: int) -> str:
    text = str(network)
    if low > network.prefixlen:
        text += f" ge {low}"
    if high > network.prefixlen:
        text += f" le {high}"
    return text
