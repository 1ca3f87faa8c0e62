"""Import and export of a BGP neighbour, and what other protocols give to BGP.

FRR's BGP table does not say where a route came from, Junos policies ask for it (`from protocol static`). Every route
therefore gets a tag: in the import policy of its neighbour, or when it is redistributed.
"""

from __future__ import annotations

from lab.junos.backend.bgp_settings import TABLE, BgpNeighbor
from lab.junos.backend.frr.context import TAGS, Translation
from lab.junos.backend.frr.lines import Section
from lab.junos.backend.frr.match import Scope
from lab.junos.backend.frr.policy import Entry, add_route_map, chain_entries, exported_sources
from lab.junos.backend.frr.static import distance
from lab.junos.backend.reading import leaf
from lab.junos.backend.static_settings import static_routes

REDISTRIBUTE = {
    4: {"static": "static", "direct": "connected", "ospf": "ospf"},
    6: {"static": "static", "direct": "connected", "ospf3": "ospf6"},
}


def import_map(t: Translation, peer: BgpNeighbor, version: int) -> str:
    """The route-map for what a neighbour announces. Junos accepts by default."""
    chain = peer.chain("import")
    kind = "internal" if peer.internal else "external"
    accepted = [f"set tag {TAGS[kind]}"]
    first, suffix = _session_sets(peer)
    scope = Scope(version, (kind,), tagged=False, protocol="bgp")
    default = [Entry(True, [], list(accepted))]
    made = chain_entries(t, chain, scope, export=False, default=default, accepted=accepted)
    if first:
        made = [Entry(True, [], first, goto="policy0"), *made]
    return add_route_map(t, f"in{version}-{kind[0]}-{'+'.join(chain) or 'all'}{suffix}", made)


def _session_sets(peer: BgpNeighbor) -> tuple[list[str], str]:
    """What `local-preference` and `preference` of a neighbour or group do to every route, and how the map is called."""
    lines: list[str] = []
    suffix = ""
    if not peer.internal and (value := peer.number("local-preference")) is not None:
        lines.append(f"set local-preference {value}")
        suffix += f"-lp{value}"
    own = next((number for level in peer.levels[:2] if (number := leaf(level, "preference"))), None)
    if own is not None:
        lines.append(f"set distance {distance(int(own))}")
        suffix += f"-pref{own}"
    return lines, suffix


def export_map(t: Translation, peer: BgpNeighbor, version: int) -> str:
    """The route-map for what a neighbour is told. Junos announces BGP routes by default, and nothing else."""
    chain = peer.chain("export")
    sources = (*REDISTRIBUTE[version], "internal", "external")
    scope = Scope(version, sources, tagged=True, protocol="bgp")
    default = [Entry(True, [f"match tag {TAGS[source]}"]) for source in ("internal", "external")]
    made = chain_entries(t, chain, scope, export=True, default=default, accepted=[])
    suffix = ""
    if peer.has("metric-out"):
        value = peer.number("metric-out", "metric")
        if value is None:
            t.refuse(peer.path, "this form of metric-out is not supported by this data plane", "metric-out")
        else:
            made = [Entry(True, [], [f"set metric {value}"], goto="policy0"), *made]
            suffix = f"-med{value}"
    return add_route_map(t, f"out{version}-{'+'.join(chain) or 'default'}{suffix}", made)


def redistribution(t: Translation, section: Section, peers: list[BgpNeighbor], version: int) -> None:
    """Redistribute what some export policy may accept; the tag says where it came from."""
    wanted = {source for peer in peers for source in exported_sources(t.data, peer.chain("export"))}
    for source, name in REDISTRIBUTE[version].items():
        if source not in wanted:
            continue
        common = [f"set tag {TAGS[source]}", "set origin igp"]
        made = _marked_statics(t, version, common) if source == "static" else []
        title = add_route_map(t, f"from{version}-{source}", [*made, Entry(True, [], common)])
        section.add(
            f"redistribute {name} route-map {title}", key=f"redistribute {name}", undo=f"no redistribute {name}"
        )


def _marked_statics(t: Translation, version: int, common: list[str]) -> list[Entry]:
    """Entries for static routes that carry communities or must not be announced."""
    family = "ip" if version == 4 else "ipv6"
    made = []
    for route in static_routes(t.data):
        if route.table != TABLE[version] or (not route.communities and route.readvertise):
            continue
        name = f"static:{route.prefix}".replace("/", "_")
        t.lines(("prefix-list", family, name), [f"{family} prefix-list {name} seq 5 permit {route.prefix}"])
        sets = [*common, f"set community {' '.join(route.communities)}"] if route.communities else list(common)
        made.append(
            Entry(route.readvertise, [f"match {family} address prefix-list {name}"], sets if route.readvertise else [])
        )
    return made
