"""Route filters: FRR's first match gives what Junos's longest match gives."""

from __future__ import annotations

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from lab.junos.backend.frr.prefixes import Filter, apply_path, entries, prefix_list, route_filters

from .loading import data

Network = ipaddress.IPv4Network


def junos_accepts(filters: list[Filter], route: Network) -> bool:
    """The filters with the longest prefix that holds the route decide, each by its own kind."""
    holding = [f for f in filters if route.subnet_of(Network(f[0]))]
    longest = max((Network(f[0]).prefixlen for f in holding), default=-1)
    return any(_fits(f, route) for f in holding if Network(f[0]).prefixlen == longest)


def _fits(item: Filter, route: Network) -> bool:
    own = Network(item[0]).prefixlen
    low, high = {
        "exact": (own, own),
        "orlonger": (own, 32),
        "longer": (own + 1, 32),
        "upto": (own, int(item[2].strip("/") or 0)),
    }[item[1]]
    return low <= route.prefixlen <= high


def frr_accepts(lines: list[str], route: Network) -> bool:
    """The first entry whose prefix holds the route and whose bounds fit."""
    for line in lines:
        action, prefix, *bounds = line.split()
        own = Network(prefix)
        limits = dict(zip(bounds[::2], map(int, bounds[1::2]), strict=True))
        low = limits.get("ge", own.prefixlen)
        high = limits.get("le", 32 if "ge" in limits else own.prefixlen)
        if route.subnet_of(own) and low <= route.prefixlen <= high:
            return action == "permit"
    return False


LENGTHS = st.integers(8, 32)
NETWORKS = st.tuples(st.integers(0, 2**24 - 1), LENGTHS).map(
    lambda t: Network((int(ipaddress.IPv4Address("10.0.0.0")) + t[0], t[1]), strict=False)
)


def as_filter(network: Network, kind: str, more: int) -> Filter:
    upto = min(32, network.prefixlen + more)
    return (str(network), kind, f"/{upto}" if kind == "upto" else "")


FILTERS = st.lists(
    st.builds(as_filter, NETWORKS, st.sampled_from(["exact", "orlonger", "longer", "upto"]), st.integers(0, 8)),
    min_size=1,
    max_size=6,
)


@given(FILTERS, st.data())
def test_longest_match_survives_the_translation(filters: list[Filter], draw: st.DataObject) -> None:
    inside = Network(draw.draw(st.sampled_from(filters))[0])
    length = draw.draw(st.integers(max(1, inside.prefixlen - 1), 32))
    offset = draw.draw(st.integers(0, 2 ** (32 - inside.prefixlen) - 1))
    route = Network((int(inside.network_address) + offset, length), strict=False)
    assert frr_accepts(entries(filters), route) == junos_accepts(filters, route), (entries(filters), route)


def test_a_longer_exact_filter_closes_the_shorter_orlonger_one() -> None:
    filters: list[Filter] = [("10.0.0.0/8", "orlonger", ""), ("10.1.0.0/16", "exact", "")]
    assert entries(filters) == ["permit 10.1.0.0/16", "deny 10.1.0.0/16 le 32", "permit 10.0.0.0/8 le 32"]


def test_all_prefix_conditions_of_a_term_are_one_set() -> None:
    config = data(
        "policy-options { prefix-list own { 192.0.2.0/24; } }",
        "set policy-options policy-statement p term t from prefix-list own",
        "set policy-options policy-statement p term t from route-filter 198.51.100.0/24 upto /28",
    )
    where = config["policy-options"]["policy-statement"]["p"]["term"]["t"]["from"]
    assert route_filters(config, where) == [("192.0.2.0/24", "exact", ""), ("198.51.100.0/24", "upto", "/28")]


def test_apply_path_collects_what_is_configured_elsewhere() -> None:
    config = data(
        "",
        "set protocols bgp group a neighbor 192.0.2.1",
        "set protocols bgp group b neighbor 2001:db8::1",
        "set interfaces ge-0/0/0 unit 0 family inet address 198.51.100.1/31",
        'set policy-options prefix-list peers apply-path "protocols bgp group <*> neighbor <*>"',
    )
    assert prefix_list(config, "peers") == ["192.0.2.1/32", "2001:db8::1/128"]
    assert list(apply_path(config, "interfaces <*> unit <*> family inet address <*>")) == ["198.51.100.0/31"]
