"""What is decided before a template sees it."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from ansible_collections.fairway.backbone.plugins.module_utils.intent.names import (
    logical_name,
    natural,
    nearest,
    platform_of,
    valid_device,
)
from ansible_collections.fairway.backbone.plugins.module_utils.intent.view_frr_policy import community_words
from ansible_collections.fairway.backbone.plugins.module_utils.intent.view_junos import media_mtu
from tests.golden.inventories import intents, render, rendered


@pytest.mark.parametrize("ip_mtu, tagged, media", [(1500, False, 1514), (1500, True, 1518), (9000, False, 9014)])
def test_junos_mtu_counts_the_frame(ip_mtu: int, tagged: bool, media: int) -> None:
    assert media_mtu(ip_mtu, tagged) == media


def test_without_mtu_the_platform_decides() -> None:
    assert media_mtu(None, True) is None


@pytest.mark.parametrize(
    "platform, device, unit, name",
    [("junos", "ge-0/0/0", 0, "ge-0/0/0.0"), ("frr", "eth1", 0, "eth1"), ("frr", "eth2", 100, "eth2.100")],
)
def test_logical_interfaces_have_the_platforms_names(platform: str, device: str, unit: int, name: str) -> None:
    assert logical_name(platform, device, unit) == name


@pytest.mark.parametrize(
    "platform, device, good",
    [
        ("junos", "ge-0/0/0", True),
        ("junos", "et-0/0/0:1", True),
        ("junos", "eth0", False),
        ("frr", "eth0", True),
        ("frr", "ge-0/0/0", False),
        ("frr", "a-name-of-sixteen", False),
    ],
)
def test_device_names(platform: str, device: str, good: bool) -> None:
    assert valid_device(platform, device) is good


@pytest.mark.parametrize(
    "said, platform",
    [("junos", "junos"), ("junipernetworks.junos.junos", "junos"), ("fairway.backbone.frr", "frr"), ("ios", None)],
)
def test_platforms_short_and_qualified(said: str, platform: str | None) -> None:
    assert platform_of(said) == platform


def test_names_sort_as_people_count() -> None:
    assert sorted(["ge-0/0/10", "ge-0/0/2", "ae0", "lo0"], key=natural) == ["ae0", "ge-0/0/2", "ge-0/0/10", "lo0"]


def test_a_typing_error_finds_its_word_and_nonsense_none() -> None:
    assert nearest("desciption", ["description", "mtu"]) == "description"
    assert nearest("colour", ["groups", "mtu"]) is None


def test_communities_are_in_frrs_order_and_spelling() -> None:
    assert (
        community_words(["65535:0", "64496:20", "64496:3", "no-export"])
        == "64496:3 64496:20 graceful-shutdown no-export"
    )


def test_an_inactive_term_is_inactive_on_junos_and_leaves_its_number_free_on_frr() -> None:
    before = {host: Counter(config.text.split("\n")) for host, config in rendered("lab").configs.items()}
    fleet = intents("lab")
    for intent in fleet.values():
        intent["policies"]["route_policies"]["to-carrier"]["terms"][0]["active"] = True
    after = {host: Counter(config.text.split("\n")) for host, config in render("lab", fleet).configs.items()}
    gone = [set(before[host] - after[host]) for host in ("jkt-r1", "jkt-r2")]
    new = [set(after[host] - before[host]) for host in ("jkt-r1", "jkt-r2")]
    assert (gone[0], new[0]) == ({"        inactive: term out-of-service {"}, {"        term out-of-service {"})
    assert gone[1] == set()
    assert new[1] - {"!", "exit"} == {
        "route-map to-carrier:ipv4 permit 10",
        "route-map to-carrier:ipv6 permit 10",
        " on-match next",
        " set as-path prepend 64496 64496 64496",
        " set community graceful-shutdown additive",
    }


def test_every_aggregate_exists_whatever_its_number() -> None:
    """Junos makes ae0 up to one below device-count: with a count of what is listed, ae40 would not come up."""
    fleet = json.loads(json.dumps(intents("example")).replace("ae0", "ae40"))
    assert "device-count 41;" in render("example", fleet).configs["fra-pe1"].text


def test_overload_is_said_in_both_versions_on_both_platforms() -> None:
    fleet = intents("lab")
    for intent in fleet.values():
        intent["ospf"]["overload"] = True
    after = render("lab", fleet).configs
    assert after["jkt-r1"].text.count("\n        overload;\n") == 2
    assert "\n max-metric router-lsa administrative\n" in after["jkt-r2"].text
    # ospf6d's stub-router takes the router's own routes too: every interface but the loopback costs the most instead.
    assert after["jkt-r2"].text.count("\n ipv6 ospf6 cost 65535\n") == 3
    assert "stub-router" not in after["jkt-r2"].text


def test_only_configured_neighbours_may_speak_bgp_to_a_junos_router() -> None:
    text = rendered("lab").configs["jkt-r1"].text
    listed = text.partition("prefix-list fairway-bgp-inet {")[2].partition("}")[0].replace(";", "").split()
    assert listed == ["192.0.2.2/32", "192.0.2.3/32", "192.0.2.4/32", "198.51.100.0/32"]


def test_a_peer_that_runs_no_ospf_is_not_expected_as_a_neighbour() -> None:
    ospf = rendered("lab").configs["jkt-r1"].expect["ospf"]
    assert ospf["v2"] == {"ge-0/0/0.0": ["192.0.2.3"], "ge-0/0/1.100": ["192.0.2.2"], "ge-0/0/2.0": []}
    assert ospf["v3"] == ospf["v2"]
