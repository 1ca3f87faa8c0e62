"""The input filter of lo0 as an nftables ruleset: what may reach the router itself.

Only this filter is enforced. As on a router, it sees packets to the router from all interfaces, the management port
included, and ends with a discard of what no term accepted.
"""

from __future__ import annotations

from itertools import product

from lab.junos.backend.base import Refusal
from lab.junos.backend.frr.filter_words import FilterWordError, icmp_type, port, protocol
from lab.junos.backend.frr.prefixes import prefix_list
from lab.junos.backend.reading import Node, entries, leaf, node, number, values
from lab.names import linux_name

TABLE = "fairway_junos"
_CLEAR = f"table inet {TABLE} {{}}\ndelete table inet {TABLE}\n"
_FAMILIES = {"inet": ("ipv4", "ip"), "inet6": ("ipv6", "ip6")}
_HANDLED = {
    "source-address", "destination-address", "address", "source-prefix-list", "destination-prefix-list", "prefix-list",
    "protocol", "next-header", "payload-protocol", "source-port", "destination-port", "port", "icmp-type", "interface",
    "tcp-established", "tcp-initial", "is-fragment", "packet-length", "ttl", "hop-limit",
    "protocol-except", "next-header-except", "source-port-except", "destination-port-except",
}  # fmt: skip


def ruleset(data: Node) -> tuple[str, list[Refusal]]:
    """(input for `nft -f`, refusals). Without a filter on lo0 the ruleset only clears."""
    refusals: list[Refusal] = []
    chains: list[str] = []
    jumps: list[str] = []
    unit = node(data, "interfaces", "interface", "lo0", "unit", "0")
    for family, (nfproto, _) in _FAMILIES.items():
        names = _applied(node(unit, "family", family, "filter"))
        for name in names:
            chains += _chain(data, family, name, refusals)
            jumps.append(f"    meta nfproto {nfproto} jump {family}-{_safe(name)}")
        if names:
            jumps.append(f"    meta nfproto {nfproto} counter drop")
    if not jumps:
        return _CLEAR, refusals
    head = ["  chain input {", "    type filter hook input priority 0; policy accept;", "    iifname lo accept"]
    body = "\n".join([f"table inet {TABLE} {{", *chains, *head, *jumps, "  }", "}"])
    return _CLEAR + body + "\n", refusals


def _applied(where: Node) -> tuple[str, ...]:
    one = leaf(where, "input", "filter-name")
    return (one,) if one else values(where, "input-list")


def _safe(name: str) -> str:
    return "".join(char if char.isalnum() or char in "-_" else "_" for char in name)


def _chain(data: Node, family: str, name: str, refusals: list[Refusal]) -> list[str]:
    lines = [f"  chain {family}-{_safe(name)} {{"]
    for term_name, term in entries(data, "firewall", "family", family, "filter", name, "term"):
        path = f"[edit firewall family {family} filter {name} term {term_name}]"
        where = node(term, "from")
        for word in sorted(set(where) - _HANDLED):
            refusals.append(Refusal(path, f"{word} in a filter of lo0 is not supported by this data plane", word))
        if "filter" in term:
            refusals.append(Refusal(path, "filter in a term is not supported by this data plane", "filter"))
        try:
            matches = _matches(data, family, where)
        except FilterWordError as error:
            refusals.append(Refusal(path, f"{error} is not supported by this data plane", str(error)))
            continue
        for match in matches:
            lines += [f"    {match}{action}".rstrip() for action in _actions(data, node(term, "then"))]
    return [*lines, "  }"]


def _matches(data: Node, family: str, where: Node) -> list[str]:
    """The alternatives of a `from` as nft matches; no alternative: the term can never match."""
    ip = _FAMILIES[family][1]
    parts: list[list[str]] = [_protocols(where), _simple(family, where)]
    for side, word in (("source", "saddr"), ("destination", "daddr")):
        parts.append(_addresses(data, where, side, f"{ip} {word}", family))
    both = [_addresses(data, where, "", f"{ip} {word}", family) for word in ("saddr", "daddr")]
    parts.append(both[0] if both[0] == both[1] else [*both[0], *both[1]])
    parts += [_ports(where, "source-port", "sport"), _ports(where, "destination-port", "dport")]
    if "port" in where:
        parts.append([f"th {word} {_set(port(v) for v in values(where, 'port'))} " for word in ("sport", "dport")])
    return ["".join(choice) for choice in product(*parts)]


def _set(items: object) -> str:
    return "{ " + ", ".join(dict.fromkeys(str(item) for item in items)) + " }"  # type: ignore[attr-defined]


def _addresses(data: Node, where: Node, side: str, match: str, family: str) -> list[str]:
    """Addresses and prefix lists of a side are one set; `except` takes parts out of it."""
    prefix = f"{side}-" if side else ""
    wanted: list[str] = []
    unwanted: list[str] = []
    for address, options in entries(where, f"{prefix}address"):
        (unwanted if "except" in options else wanted).append(address)
    for name, options in entries(where, f"{prefix}prefix-list"):
        own = [p for p in prefix_list(data, name) if (":" in p) == (family == "inet6")]
        (unwanted if "except" in options else wanted).extend(own)
    asked = f"{prefix}address" in where or f"{prefix}prefix-list" in where
    if not asked:
        return [""]
    if not wanted and not unwanted:
        return []
    text = f"{match} {_intervals(wanted)} " if wanted else ""
    return [text + (f"{match} != {_intervals(unwanted)} " if unwanted else "")]


def _intervals(prefixes: list[str]) -> str:
    import ipaddress

    networks = [ipaddress.ip_network(prefix, strict=False) for prefix in prefixes]
    return _set(ipaddress.collapse_addresses(networks))  # type: ignore[type-var]


def _protocols(where: Node) -> list[str]:
    out = ""
    names = ("protocol", "next-header", "payload-protocol")
    wanted = [protocol(v) for name in names for v in values(where, name)]
    unwanted = [protocol(v) for name in names for v in values(where, f"{name}-except")]
    if wanted:
        out += f"meta l4proto {_set(wanted)} "
    if unwanted:
        out += f"meta l4proto != {_set(unwanted)} "
    return [out]


def _ports(where: Node, name: str, word: str) -> list[str]:
    out = ""
    if name in where:
        out += f"th {word} {_set(port(v) for v in values(where, name))} "
    if f"{name}-except" in where:
        out += f"th {word} != {_set(port(v) for v in values(where, f'{name}-except'))} "
    return [out]


def _simple(family: str, where: Node) -> list[str]:
    out = ""
    if "icmp-type" in where:
        word = "icmp" if family == "inet" else "icmpv6"
        out += f"{word} type {_set(icmp_type(v, family) for v in values(where, 'icmp-type'))} "
    if "interface" in where:
        out += f"iifname {_set(linux_name(name) for name, _ in entries(where, 'interface'))} "
    if "tcp-established" in where:
        out += "tcp flags & (ack | rst) != 0 "
    if "tcp-initial" in where:
        out += "tcp flags & (syn | ack) == syn "
    if "is-fragment" in where:
        out += "ip frag-off & 0x1fff != 0 " if family == "inet" else "exthdr frag exists "
    if "packet-length" in where:
        out += f"meta length {_set(values(where, 'packet-length'))} "
    for name, match in (("ttl", "ip ttl"), ("hop-limit", "ip6 hoplimit")):
        if name in where:
            out += f"{match} {_set(values(where, name))} "
    return [out]


def _actions(data: Node, then: Node) -> list[str]:
    """The rules' ends: a policer drops what exceeds it before the term's action."""
    lines = []
    policer = leaf(then, "policer")
    if policer:
        limit = node(data, "firewall", "policer", policer, "if-exceeding")
        rate, burst = number(limit, "bandwidth-limit"), number(limit, "burst-size-limit")
        if rate:
            lines.append(f"limit rate over {max(1, rate // 8)} bytes/second burst {burst or 15000} bytes drop")
    counter = "counter " if "count" in then else ""
    if "discard" in then:
        return [*lines, f"{counter}drop"]
    if "reject" in then:
        return [*lines, f"{counter}reject with icmpx type admin-prohibited"]
    if leaf(then, "next") == "term":
        return [*lines, counter.strip()] if counter else lines
    return [*lines, f"{counter}accept"]
