"""What draining writes on a router is what a deploy would write there, and undraining leaves nothing behind."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.intent.drain import drain_terms
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import build_router
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import LiveRouter
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch import Key, PatchError
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_text import difference
from ansible_collections.fairway.backbone.plugins.plugin_utils.render_fleet import render_fleet
from tests.golden.inventories import intents as plain_intents
from tests.golden.inventories import inventory
from tests.unit.steering_patch.drained import ROUTERS, drain, drained_text, edits, reading, switched
from tests.unit.steering_patch.rendered import fleet, is_junos, junos_canonical, live, patched, places, text

CARRIER = {"jkt-r1": ("198.51.100.0", "2001:db8:a000::"), "jkt-r2": ("203.0.113.2", "2001:db8:b000:2::")}


def same(name: str, host: str, before: str, made: str, wanted: str) -> bool:
    """Whether what was made of a configuration is what was wanted."""
    if is_junos(name, host):
        return junos_canonical(before, made) == junos_canonical(wanted)
    return made == wanted


def rendered(name: str, intents: dict[str, Any], host: str, *told: LiveRouter) -> str:
    read = inventory(name)
    done = render_fleet(intents, others=read.others, hosts=read.hosts, only=[host], live=told)
    assert done.ok, done.report()
    return done.configs[host].text


@pytest.mark.parametrize("name, host", ROUTERS)
def test_draining_writes_what_a_deploy_keeps_and_undraining_leaves_nothing_behind(name: str, host: str) -> None:
    before, wanted = text(name, host), drained_text(name, host)
    assert before != wanted
    assert same(name, host, before, switched(name, host, before, drain(host)), wanted)
    assert same(name, host, wanted, switched(name, host, wanted, None), before)


@pytest.mark.parametrize("name, host", ROUTERS)
def test_doing_it_twice_does_nothing(name: str, host: str) -> None:
    intent = fleet(name)[host]
    later = replace(drain(host), since=1.0, change_id="fw-later", by="other", reason="another")
    assert not edits(host, intent, drained_text(name, host), later)[0]
    assert not edits(host, intent, text(name, host), None)[0]


@pytest.mark.parametrize("name, host", ROUTERS)
def test_a_drained_router_is_read_as_one(name: str, host: str) -> None:
    intent = fleet(name)[host]
    found = reading(host, intent, drained_text(name, host))[0]
    assert (found.drained, found.drain, found.complaints) == (True, drain(host), ())
    plain = reading(host, intent, text(name, host))[0]
    assert (plain.drained, plain.drain) == (False, None)


@pytest.mark.parametrize("host", sorted(CARRIER))
def test_a_neighbour_alone_is_drained_without_ospf(host: str) -> None:
    before, wanted = text("lab", host), drained_text("lab", host, *CARRIER[host])
    assert same("lab", host, before, switched("lab", host, before, drain(host, *CARRIER[host])), wanted)
    assert "overload" not in wanted
    assert "max-metric" not in wanted
    assert "as-path prepend 64496" in wanted or "as-path-prepend" in wanted
    assert same("lab", host, wanted, switched("lab", host, wanted, None), before)
    # More can be drained later; less only by undraining.
    assert same("lab", host, wanted, switched("lab", host, wanted, drain(host)), drained_text("lab", host))
    with pytest.raises(PatchError, match=r"the whole router is drained since .* by noc, change .*: undrain it first"):
        switched("lab", host, drained_text("lab", host), drain(host, *CARRIER[host]))


def test_neighbours_that_are_drained_one_after_the_other_are_all_in_the_marker() -> None:
    intents = fleet("lab")
    group = intents["jkt-r2"]["bgp"]["groups"]["carrier-b-v6"]
    policies = intents["jkt-r2"]["policies"]["route_policies"]
    policies["to-carrier-v6"], group["export"] = copy.deepcopy(policies["to-carrier"]), ["to-carrier-v6"]
    intent, first, second = intents["jkt-r2"], *CARRIER["jkt-r2"]
    one = edits("jkt-r2", intent, rendered("lab", intents, "jkt-r2"), drain("jkt-r2", first))[1]
    both = edits("jkt-r2", intent, one, drain("jkt-r2", second))[1]
    assert f" neighbors={first}\n" in one
    assert f" neighbors={first},{second}\n" in both
    assert both.count("set as-path prepend 64496 64496 64496") == 2 * one.count("set as-path prepend 64496 64496 64496")


@pytest.mark.parametrize(
    "neighbors, complaint",
    [
        (["198.51.100.99"], "the intent has no neighbour 198.51.100.99: it has 192.0.2.2, 192.0.2.3"),
        (["198.51.100.0"], "policy to-carrier is also that of 2001:db8:a000::: drain these too"),
        (["192.0.2.2"], "policy originate is also that of 192.0.2.3, 192.0.2.4, 2001:db8::2"),
    ],
)
def test_a_neighbour_that_cannot_be_drained_alone_is_refused(neighbors: list[str], complaint: str) -> None:
    with pytest.raises(PatchError) as refused:
        switched("lab", "jkt-r1", text("lab", "jkt-r1"), drain("jkt-r1", *neighbors))
    assert complaint in str(refused.value)


@pytest.mark.parametrize("host", sorted(CARRIER))
def test_what_git_takes_out_of_service_stays_so(host: str) -> None:
    intents = plain_intents("lab")
    intents[host]["ospf"]["overload"] = True
    for term in intents[host]["policies"]["route_policies"]["originate"]["terms"]:
        term["active"] = True
    before = rendered("lab", intents, host)
    on = rendered("lab", intents, host, LiveRouter(host, drain=drain(host), token="x"))
    made = edits(host, intents[host], before, drain(host))[1]
    assert same("lab", host, before, made, on)
    back = edits(host, intents[host], on, None)[1]
    assert same("lab", host, on, back, before)
    assert not edits(host, intents[host], before, None)[0]


@pytest.mark.parametrize("host", sorted(CARRIER))
def test_a_drain_that_somebody_made_by_hand_gets_a_marker_and_can_be_ended(host: str) -> None:
    wanted = drained_text("lab", host)
    if is_junos("lab", host):
        by_hand = text("lab", host).replace("inactive: term out-of-service", "term out-of-service")
        by_hand = by_hand.replace("protocols {\n    ospf {\n", "protocols {\n    ospf {\n        overload;\n", 1)
    else:
        by_hand = "".join(f"{line}\n" for line in wanted.splitlines() if "fairway-drain" not in line)
    intent = fleet("lab")[host]
    found = reading(host, intent, by_hand)[0]
    assert (found.drained, found.drain) == (True, None)
    assert same("lab", host, by_hand, edits(host, intent, by_hand, drain(host))[1], wanted)
    assert same("lab", host, by_hand, edits(host, intent, by_hand, None)[1], text("lab", host))


@pytest.mark.parametrize("name, host", ROUTERS)
def test_a_drain_that_somebody_half_undid_is_made_whole_again(name: str, host: str) -> None:
    wanted = drained_text(name, host)
    if is_junos(name, host):
        undone = junos_text_without_overload = wanted.replace("        overload;\n", "")
        assert junos_text_without_overload != wanted
    else:
        undone = wanted.replace(" max-metric router-lsa administrative\n", "")
    assert undone != wanted
    assert same(name, host, undone, switched(name, host, undone, drain(host)), wanted)


def test_a_policy_that_is_not_deployed_is_told_and_not_guessed() -> None:
    """Git has an out-of-service term that the router does not know yet: its number is another term's there."""
    intents = plain_intents("lab")
    for host in CARRIER:
        terms = intents[host]["policies"]["route_policies"]["originate"]["terms"]
        del terms[0]
        old = rendered("lab", intents, host)
        found = reading(host, fleet("lab")[host], old)[0]
        assert not found.drained, host
        with pytest.raises(PatchError, match=r"policy originate: .*deploy first"):
            switched("lab", host, old, drain(host))
        assert not edits(host, fleet("lab")[host], old, None)[0]


def test_undraining_needs_nothing_of_the_route_map_but_the_term_itself() -> None:
    """A router that was drained while Git went on: it must be possible to put it back."""
    intents = fleet("lab")
    wanted = drained_text("lab", "jkt-r2")
    for term in intents["jkt-r2"]["policies"]["route_policies"]["from-carrier-b"]["terms"]:
        term["then"].pop("local_preference", None)
    for term in intents["jkt-r2"]["policies"]["route_policies"]["to-carrier"]["terms"][1:]:
        term["then"]["metric"] = 7
    assert edits("jkt-r2", intents["jkt-r2"], wanted, None)[1] == text("lab", "jkt-r2")


@pytest.mark.parametrize("kind", ["policy", "ospf"])
def test_a_drained_router_is_neither_steered_nor_restored(kind: str) -> None:
    for host in CARRIER:
        path, place = next((path, one) for path, where, one, _ in places("lab") if where == host and one[0] == kind)
        base = live(host, (path, place))
        both = drained_text("lab", host, base=base)
        for action in ("steer", "restore"):
            with pytest.raises(PatchError, match=r"^the router is drained since .*: undrain it first$"):
                patched("lab", host, both, action, path, place)
        # What is steered stays so when the router is undrained.
        assert same("lab", host, both, switched("lab", host, both, None), text("lab", host, base))
        steered = text("lab", host, base)
        assert same("lab", host, steered, switched("lab", host, steered, drain(host)), both)


FRR = [(name, host) for name, host in ROUTERS if not is_junos(name, host)]


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_steering_and_draining_come_and_go_in_any_order(data: st.DataObject) -> None:
    name, host = data.draw(st.sampled_from(FRR))
    terms = drain_terms(build_router(host, fleet(name)[host]))
    mine = {key: path for path, where, key, _value in places(name) if where == host and key not in terms}
    config, steered, drained = text(name, host), set[Key](), False
    for key in data.draw(st.lists(st.sampled_from([None, *sorted(mine)]), max_size=5)):
        if key is None:
            config, drained = switched(name, host, config, None if drained else drain(host)), not drained
            continue
        if not drained:
            config = patched(name, host, config, "restore" if key in steered else "steer", mine[key], key)
            steered ^= {key}
    base = live(host, *((mine[key], key) for key in sorted(steered)))
    wanted = drained_text(name, host, base=base) if drained else text(name, host, base)
    assert not difference(config, wanted, noted=True)
    assert config == wanted
