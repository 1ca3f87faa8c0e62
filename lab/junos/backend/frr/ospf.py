"""OSPF and OSPF3."""

from __future__ import annotations

from lab.junos.backend.frr.bfd import profile
from lab.junos.backend.frr.context import Translation, secret
from lab.junos.backend.frr.lines import Section
from lab.junos.backend.frr.match import Scope
from lab.junos.backend.frr.policy import Entry, add_route_map, chain_entries, exported_sources
from lab.junos.backend.frr.static import distance
from lab.junos.backend.ospf_settings import PROTOCOL, OspfSetting, area_id, interfaces
from lab.junos.backend.reading import Node, entries, has, node, number, router_id, values
from lab.junos.config.secret import decode_secret
from lab.names import linux_name

_REDISTRIBUTE = {
    2: {"static": "static", "direct": "connected", "external": "bgp", "internal": "bgp"},
    3: {"static": "static", "direct": "connected", "external": "bgp", "internal": "bgp"},
}
_NETWORK = {"P2P": "point-to-point", "P2MP": "point-to-multipoint", "NBMA": "non-broadcast"}
_LSA_INTERVAL, _LSA_ARRIVAL = 250, 0
"""Milliseconds between two versions of an own LSA, and of a neighbour's.

A router announces a change at once and takes whatever comes; FRR's defaults are 5 s and 1 s. The quarter of a second
leaves room for neighbours that drop versions which follow each other too fast: those come again only seconds later.
"""
_SPF_DELAY, _SPF_HOLDDOWN = 200, 5000
"""Junos's defaults in milliseconds."""
_MAX_METRIC = 65535


def add_ospf(t: Translation, version: int) -> None:
    """The router section and its interfaces; nothing when the protocol is not configured or disabled."""
    name = PROTOCOL[version]
    protocol = node(t.data, "protocols", name)
    if not protocol or has(protocol, "disable"):
        return
    path = f"protocols {name}"
    refused = ("import", "rib-group", "prefix-export-limit", "traffic-engineering")
    t.refuse_present(path, protocol, refused)
    word = "ospf" if version == 2 else "ospf6"
    section = t.config.add(Section((word,), (f"router {word}",), ("exit",), f"no router {word}"))
    identity = router_id(t.data)
    if identity:
        section.add(f"ospf{'' if version == 2 else '6'} router-id {identity}", key="router-id", replace=True)
    _distances(section, protocol, word)
    _timers(section, protocol, version)
    section.add("maximum-paths 16", key="maximum-paths", replace=True)
    _overload(t, section, path, protocol, version)
    for area_name, area in entries(protocol, "area"):
        _area(t, section, f"{path} area {area_name}", area_id(area_name), area, version)
    _exports(t, section, protocol, version)
    for setting in interfaces(t.data, version):
        _interface(t, setting, version, overload="overload" in protocol)


def _distances(section: Section, protocol: Node, word: str) -> None:
    inside = distance(number(protocol, "preference") or 10)
    outside = distance(number(protocol, "external-preference") or 150)
    text = f"distance {word} intra-area {inside} inter-area {inside} external {outside}"
    section.add(text, key="distance", undo=f"no distance {word}", replace=True)


def _timers(section: Section, protocol: Node, version: int) -> None:
    """`spf-options`: FRR's wait grows from `delay` to `holddown` with every run; Junos jumps after `rapid-runs`."""
    delay = number(protocol, "spf-options", "delay") or _SPF_DELAY
    holddown = number(protocol, "spf-options", "holddown") or _SPF_HOLDDOWN
    spf = "timers throttle spf"
    section.add(f"{spf} {delay} {delay} {max(delay, holddown)}", key=spf, undo=f"no {spf}", replace=True)
    if version == 2:
        section.add(f"timers throttle lsa all {_LSA_INTERVAL}")
    section.add(f"timers lsa min-arrival {_LSA_ARRIVAL}")


def _overload(t: Translation, section: Section, path: str, protocol: Node, version: int) -> None:
    if "overload" not in protocol:
        return
    if "timeout" in node(protocol, "overload"):
        t.refuse(f"{path} overload", "timeout is not supported by this data plane", "timeout")
    # ospf6d's `stub-router` would take the router's own routes as well: there the interfaces cost the most instead.
    if version == 2:
        section.add("max-metric router-lsa administrative")


def _area(t: Translation, section: Section, path: str, area: str, statements: Node, version: int) -> None:
    t.refuse_present(path, statements, ("virtual-link", "inter-area-prefix-export", "inter-area-prefix-import"))
    for kind in ("stub", "nssa"):
        if kind not in statements:
            continue
        inside = node(statements, kind)
        suffix = " no-summary" if "no-summaries" in inside else ""
        section.add(f"area {area} {kind}{suffix}", undo=f"no area {area} {kind}")
        cost = number(inside, "default-metric") or number(inside, "default-lsa", "default-metric")
        if cost is not None and version == 2:
            section.add(f"area {area} default-cost {cost}")
    for prefix, options in entries(statements, "area-range"):
        suffix = " not-advertise" if "restrict" in options else ""
        section.add(f"area {area} range {prefix}{suffix}")


def _exports(t: Translation, section: Section, protocol: Node, version: int) -> None:
    """`export`: each source that the chain may accept is redistributed through the chain, seen from that source."""
    chain = values(protocol, "export")
    wanted = exported_sources(t.data, chain)
    redistributed: dict[str, list[str]] = {}
    for source, name in _REDISTRIBUTE[version].items():
        if source in wanted:
            redistributed.setdefault(name, []).append(source)
    family = 4 if version == 2 else 6
    for name, sources in redistributed.items():
        source = sources[0]
        scope = Scope(family, (source,), tagged=False, protocol="ospf")
        default = [Entry(False, [])]
        made = chain_entries(t, chain, scope, export=True, default=default, accepted=[])
        title = add_route_map(t, f"ospf{version}-{name}-{'+'.join(chain)}", made)
        section.add(
            f"redistribute {name} route-map {title}", key=f"redistribute {name}", undo=f"no redistribute {name}"
        )


def interface_section(t: Translation, name: str) -> Section:
    """The section of an interface, shared by both protocols."""
    device = linux_name(name)
    return t.config.add(Section(("interface", device), (f"interface {device}",), ("exit",)))


def _interface(t: Translation, s: OspfSetting, version: int, *, overload: bool) -> None:
    section = interface_section(t, s.name)
    word = "ip ospf" if version == 2 else "ipv6 ospf6"
    section.add(f"{word} area {s.area}", key=f"{word} area")

    def option(name: str, value: object) -> None:
        section.add(f"{word} {name} {value}", key=f"{word} {name}", undo=f"no {word} {name}", replace=True)

    if overload and version == 3 and s.name != "lo0.0":
        option("cost", _MAX_METRIC)
    elif s.cost:
        option("cost", s.cost)
    if s.name != "lo0.0":
        if s.kind in _NETWORK and (version == 2 or s.kind == "P2P"):
            section.add(
                f"{word} network {_NETWORK[s.kind]}", key=f"{word} network", undo=f"no {word} network", replace=True
            )
        option("hello-interval", s.hello)
        option("dead-interval", s.dead)
        option("retransmit-interval", s.retransmit)
        option("priority", s.priority)
    if s.passive and not (version == 2 and s.name == "lo0.0"):
        section.add(f"{word} passive")
    refused = ("virtual-link", "neighbor", "secondary", "demand-circuit", "ipsec-sa", "poll-interval")
    t.refuse_present(s.path, s.statements, refused)
    if s.bfd is not None and not s.passive:
        section.add(f"{word} bfd", key=f"{word} bfd")
        section.add(f"{word} bfd profile {profile(t, s.bfd)}", key=f"{word} bfd profile", undo=f"no {word} bfd profile")
    if version == 2:
        _authentication(t, section, s)


def _authentication(t: Translation, section: Section, s: OspfSetting) -> None:
    if s.md5:
        section.add("ip ospf authentication message-digest", key="authentication", undo="no ip ospf authentication")
        for key, value in s.md5:
            text = f"ip ospf message-digest-key {key} md5 {secret(t, s.path, decode_secret(value), 16)}"
            section.add(text, key=f"message-digest-key {key}", undo=f"no ip ospf message-digest-key {key}")
    elif s.simple:
        section.add("ip ospf authentication", key="authentication", undo="no ip ospf authentication")
        section.add(
            f"ip ospf authentication-key {secret(t, s.path, decode_secret(s.simple), 8)}",
            key="authentication-key",
            undo="no ip ospf authentication-key",
            replace=True,
        )
