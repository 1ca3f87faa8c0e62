"""Reading a running configuration (`active_data`): small accessors that never fail on what is not there."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Node = Mapping[str, Any]
EMPTY: Node = {}
_INNER = ("metric-value", "as-number", "filter-name", "timeout", "limit-threshold")


def node(data: Any, *path: str) -> Node:
    """The container at a path; an empty mapping when it is absent."""
    for name in path:
        data = data.get(name) if isinstance(data, Mapping) else None
    return data if isinstance(data, Mapping) else EMPTY


def has(data: Node, *path: str) -> bool:
    """Whether a statement is configured."""
    above = node(data, *path[:-1]) if len(path) > 1 else data
    return path[-1] in above


def leaf(data: Node, *path: str) -> str | None:
    """The value of a leaf; of a container around one value (`metric { metric 5; }` in XML), the inner leaf."""
    value: Any = node(data, *path[:-1]).get(path[-1])
    if isinstance(value, Mapping):
        value = next((value[name] for name in (path[-1], *_INNER) if name in value), None)
    if isinstance(value, list | tuple):
        value = value[0] if value else None
    return value if isinstance(value, str) else None


def number(data: Node, *path: str) -> int | None:
    """The value of a leaf as an integer (`1g`, `100m`, `64k` have their multipliers); None when absent."""
    text = leaf(data, *path)
    return None if text is None else to_number(text)


def to_number(text: str) -> int:
    """An integer with an optional decimal multiplier: `10m` is 10,000,000."""
    scale = {"k": 10**3, "m": 10**6, "g": 10**9}.get(text[-1:].lower())
    return int(float(text[:-1]) * scale) if scale else int(text)


def values(data: Node, *path: str) -> tuple[str, ...]:
    """A leaf-list (or the names of a keyed list, or one leaf) as a tuple of texts."""
    value: Any = node(data, *path[:-1]).get(path[-1])
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Mapping):
        return tuple(str(name) for name in value)
    return tuple(str(item) for item in value) if isinstance(value, Sequence) else ()


def entries(data: Node, *path: str) -> Iterator[tuple[str, Node]]:
    """A keyed list as (key, entry) pairs in the order of the configuration."""
    for name, entry in node(data, *path).items():
        yield str(name), entry if isinstance(entry, Mapping) else EMPTY


def parts(key: object) -> list[str]:
    """The parts of a list key with several identifying elements: `192.0.2.0/24 upto /28`."""
    words = (
        key.split() if isinstance(key, str) else [str(part) for part in key] if isinstance(key, tuple) else [str(key)]
    )
    return [word for word in words if word]


def keyed(data: Node, *path: str) -> Iterator[tuple[list[str], Node]]:
    """A list with several identifying elements as (parts of the key, entry) pairs."""
    for key, entry in node(data, *path).items():
        yield parts(key), entry if isinstance(entry, Mapping) else EMPTY


def units(data: Node) -> Iterator[tuple[str, Node, str, Node]]:
    """Every configured unit: (port name, port, `ge-0/0/0.0`, unit)."""
    for name, port in entries(data, "interfaces", "interface"):
        for number_, unit in entries(port, "unit"):
            yield name, port, f"{name}.{number_}", unit


def addresses(unit: Node, family: str) -> list[str]:
    """The addresses of a unit, `192.0.2.64/31`; an address without a length is a host address."""
    out = []
    for text, _ in entries(unit, "family", family, "address"):
        out.append(text if "/" in text else f"{text}/{32 if family == 'inet' else 128}")
    return out


def router_id(data: Node) -> str | None:
    """The configured router id, else the first address of lo0, as a router chooses it."""
    configured = leaf(data, "routing-options", "router-id")
    if configured:
        return configured
    candidates = [
        (name != "lo0", ipaddress.IPv4Interface(address).ip)
        for name, port, _, unit in units(data)
        if "disable" not in port and "disable" not in unit
        for address in addresses(unit, "inet")
    ]
    usable = [(later, address) for later, address in candidates if not address.is_loopback]
    return str(min(usable)[1]) if usable else None


def autonomous_system(data: Node) -> int | None:
    """The AS number of the router (plain notation), None when none is configured."""
    system = node(data, "routing-options", "autonomous-system")
    text = leaf(system, "as-number") or leaf(data, "routing-options", "autonomous-system")
    return to_as(text) if text else None


def to_as(text: str) -> int:
    """An AS number from `64496` or `1.0`."""
    high, dot, low = text.partition(".")
    return int(high) * 65536 + int(low) if dot else int(high)
