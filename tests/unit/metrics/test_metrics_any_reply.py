"""Whatever a router answers, the parsers neither fail nor tell what Prometheus would refuse."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import jxmlease
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from ansible_collections.fairway.backbone.plugins.module_utils import metrics_replies as replies
from ansible_collections.fairway.backbone.plugins.module_utils.metrics import (
    LABELS,
    Sample,
    bgp_samples,
    ospf_samples,
    quantity,
    sample,
)
from ansible_collections.fairway.backbone.plugins.plugin_utils.metrics import expose
from ansible_collections.fairway.backbone.plugins.plugin_utils.metrics_hands import split_parts

from .recorded_replies import frr, junos

# A busy machine is slow, not wrong.
relaxed = settings(deadline=None)
JUNOS = [junos(name) for name in ("rpm", "interfaces", "ospf-interfaces")]
FRR = {name: json.loads(frr("fast")[name]) for name in ("links", "ospf_interfaces")}
WORDS = st.sampled_from(
    ["", "0", "-1", "NaN", "inf", "1e999", "up", "\n7\n", "north@r", "Established", "Full", '"\\\n', "9" * 400, "é"]
)
LEAF = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS, st.text(max_size=5))


def trees(keys: list[str]) -> st.SearchStrategy[Any]:
    """Nested data whose keys are those of real replies, in any order and number."""
    return st.recursive(
        LEAF,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(st.sampled_from(keys), inner, max_size=5),
        ),
        max_leaves=25,
    )


ODD: tuple[Any, ...] = (None, True, -1, "", "-1", "NaN", "1e999", "\n7\n", [], {}, [None, {}], {"name": []}, 0.5, "é")


def mutated(chance: random.Random, node: Any) -> Any:
    """A recorded reply in which some part is missing or is something else."""
    if chance.random() < 0.03:
        return chance.choice(ODD)
    if isinstance(node, dict):
        return {key: mutated(chance, value) for key, value in node.items() if chance.random() > 0.05}
    if isinstance(node, list):
        return [mutated(chance, one) for one in node]
    return node


def check(samples: list[Sample]) -> None:
    for one in samples:
        assert len(one.labels) == len(LABELS[one.name])
        assert all(isinstance(label, str) for label in one.labels)
        assert math.isfinite(one.value)
        assert one.value >= 0


JUNOS_KEYS = [
    "probe-results", "probe-test-results", "probe-test-global-results", "probe-test-generic-results", "owner",
    "test-name", "probes-sent", "probe-responses", "probe-test-rtt", "probe-summary-results", "avg-delay", "samples",
    "interface-information", "physical-interface", "logical-interface", "name", "traffic-statistics", "input-bytes",
    "input-error-list", "input-errors", "if-config-flags", "ospf-interface-information", "ospf-interface",
    "interface-name", "interface-cost", "apply-macro", "data", "value",
]  # fmt: skip
FRR_KEYS = ["interfaces", "eth1", "cost", "ifname", "stats64", "rx", "tx", "bytes", "packets", "errors", "flags"]
STATE_KEYS = ["neighbors", "192.0.2.1", "2001:db8::1", "state", "families", "inet", "received", "v2", "v3", "eth1"]


def all_of_junos(reply: Any) -> list[Sample]:
    replies.junos_markers(reply)
    return [
        *replies.rpm_samples("r", reply),
        *replies.junos_interface_samples("r", reply),
        *replies.cost_samples("r", replies.junos_costs(reply)),
    ]


@relaxed
@given(trees(JUNOS_KEYS))
def test_any_junos_reply(reply: Any) -> None:
    check(all_of_junos(reply))


@relaxed
@given(st.integers(0, 2**32))
def test_a_junos_reply_with_something_odd_in_it(seed: int) -> None:
    for reply in JUNOS:
        check(all_of_junos(mutated(random.Random(seed), reply)))


@relaxed
@given(st.integers(0, 2**32))
def test_an_frr_reply_with_something_odd_in_it(seed: int) -> None:
    chance = random.Random(seed)
    odd = {name: mutated(chance, reply) for name, reply in FRR.items()}
    check([*replies.frr_interface_samples("r", odd["links"])])
    check([*replies.cost_samples("r", replies.frr_costs(odd["ospf_interfaces"]))])


@relaxed
@given(trees(FRR_KEYS))
def test_any_frr_reply(reply: Any) -> None:
    check([*replies.frr_interface_samples("r", reply), *replies.cost_samples("r", replies.frr_costs(reply))])


@relaxed
@given(trees(STATE_KEYS))
def test_any_state(state: Any) -> None:
    check([*bgp_samples("r", state), *ospf_samples("r", state)])


@relaxed
@given(st.text())
def test_any_output_of_a_script(output: str) -> None:
    assert all("\n" not in name for name in split_parts(output))


@relaxed
@given(LEAF)
def test_a_quantity_is_a_number_that_can_be_counted(value: Any) -> None:
    found = quantity(value)
    assert found is None or (math.isfinite(found) and found >= 0)


class _Fixed(Collector):
    def __init__(self, samples: list[Sample]) -> None:
        self.samples = samples

    def collect(self) -> Any:
        return expose(self.samples)


@relaxed
@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=6, unique=True), st.floats(0, 1e15))
def test_hostile_names_are_exposed_as_they_are(names: list[tuple[str, str]], value: float) -> None:
    """A description or interface name may hold quotes, backslashes and line breaks."""
    samples = [sample("fairway_interface_up", value, router=router, interface=port) for router, port in names]
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Fixed(samples))
    text = generate_latest(registry).decode()
    families = list(text_string_to_metric_families(text))
    seen = {(one.labels["router"], one.labels["interface"]) for family in families for one in family.samples}
    assert seen == set(names)


def test_the_recorded_replies_are_not_empty() -> None:
    """Guards the properties above: a parser that finds nothing would satisfy them."""
    assert isinstance(jxmlease.parse("<a/>"), dict)
    assert len(all_of_junos(junos("rpm"))) == 5
    assert len(all_of_junos(junos("interfaces"))) > 40
    assert frr("fast").keys() == {"ospf_interfaces", "links", "end"}
