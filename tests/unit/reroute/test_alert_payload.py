"""Alerts out of whatever somebody sent: three labels count, the rest is counted and forgotten."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.alert_payload import (
    NotAlerts,
    read_api,
    read_payload,
    when,
)

LABELS = {"alertname": "PathLoss", "action": "reroute", "backbone": "jkt-sby", "path": "north", "severity": "critical"}
ACTIVE = {"state": "active", "silencedBy": [], "inhibitedBy": []}


def api(labels: Any = None, **more: Any) -> dict[str, Any]:
    return {"labels": LABELS if labels is None else labels, "status": ACTIVE, "annotations": {}, **more}


def test_an_alert_that_asks_for_a_reroute_is_one() -> None:
    found = read_api([api(startsAt="2026-11-21T10:00:00.123456789Z")])
    assert [(a.path, a.name, a.severity, a.since) for a in found.alerts] == [
        ("jkt-sby/north", "PathLoss", "critical", 1795255200.123456)
    ]
    assert (found.ignored, found.seen) == ({}, 1)


@pytest.mark.parametrize(
    "alert, why",
    [
        (None, "malformed"),
        ("text", "malformed"),
        ({}, "malformed"),
        ({"labels": None}, "malformed"),
        ({"labels": LABELS}, "malformed"),
        (api({**LABELS, "action": "notify"}), "other action"),
        (api({**LABELS, "action": ["reroute"]}), "other action"),
        (api({"alertname": "Watchdog"}), "other action"),
        (api({**LABELS, "backbone": ""}), "no backbone"),
        (api({**LABELS, "backbone": "../jkt"}), "no backbone"),
        (api({**LABELS, "backbone": 7}), "no backbone"),
        (api({**LABELS, "path": "north\n"}), "no path"),
        (api({**LABELS, "path": "north/south"}), "no path"),
        (api({**LABELS, "path": "{{ 7 * 7 }}"}), "no path"),
        (api({**LABELS, "path": "n" * 64}), "no path"),
        (api({key: LABELS[key] for key in ("action", "backbone")}), "no path"),
        (api({**LABELS, "alertname": "DatasourceNoData"}), "no data"),
        (api({**LABELS, "alertname": "DatasourceError"}), "no data"),
        (api(annotations={"grafana_state_reason": "NoData"}), "no data"),
        (api(status={**ACTIVE, "silencedBy": ["someone"]}), "silenced"),
        (api(status={**ACTIVE, "inhibitedBy": ["alert"]}), "silenced"),
        (api(status={**ACTIVE, "state": "suppressed"}), "not firing"),
        (api(status={**ACTIVE, "state": "unprocessed"}), "not firing"),
    ],
)
def test_what_is_no_alert_of_ours_is_counted_with_its_reason(alert: Any, why: str) -> None:
    found = read_api([alert, api()])
    assert [one.path for one in found.alerts] == ["jkt-sby/north"]
    assert found.ignored == {why: 1}


def test_a_payload_of_alertmanager_and_one_of_grafana_mean_the_same() -> None:
    firing = {"status": "firing", "labels": LABELS, "startsAt": "2026-11-21T17:00:00+07:00", "values": {"A": 1}}
    over = {"status": "resolved", "labels": {**LABELS, "path": "south"}}
    for version in ("4", "1"):
        found = read_payload({"version": version, "status": "firing", "alerts": [firing, over], "orgId": 1})
        assert [(one.path, one.since) for one in found.alerts] == [("jkt-sby/north", 1795255200.0)]
        assert found.ignored == {"not firing": 1}


@pytest.mark.parametrize("document", [None, 7, "text", [], {}, {"alerts": None}, {"alerts": {}}, {"alerts": "x"}])
def test_what_is_no_payload_is_refused(document: Any) -> None:
    with pytest.raises(NotAlerts, match="expected a"):
        read_payload(document)


@pytest.mark.parametrize("document", [None, 7, "text", {}, {"alerts": []}])
def test_what_is_no_answer_of_an_alertmanager_is_refused(document: Any) -> None:
    with pytest.raises(NotAlerts, match="expected a list of alerts"):
        read_api(document)


def test_the_same_alert_from_two_prometheis_is_one_since_the_earlier() -> None:
    found = read_api([api(startsAt="2026-11-21T10:00:05Z"), api(startsAt="2026-11-21T10:00:00Z"), api()])
    assert [one.since for one in found.alerts] == [1795255200.0]
    assert found.ignored == {"doubled": 2}


@pytest.mark.parametrize(
    "text, seconds",
    [
        ("2026-11-21T10:00:00Z", 1795255200.0),
        ("2026-11-21T10:00:00.5+00:00", 1795255200.5),
        ("0001-01-01T00:00:00Z", None),
        ("2026-11-21T10:00:00", None),
        ("yesterday", None),
        ("9" * 1000, None),
        (None, None),
        (1795255200, None),
    ],
)
def test_times(text: Any, seconds: float | None) -> None:
    assert when(text) == seconds


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
LABEL_VALUES = JSON | st.sampled_from(["reroute", "jkt-sby", "north", "{{ lookup('pipe', 'id') }}"])
ALERTS = JSON | st.fixed_dictionaries(
    {},
    optional={
        "labels": JSON
        | st.dictionaries(st.sampled_from([*LABELS, "x"]), LABEL_VALUES)
        | st.fixed_dictionaries({key: st.just(value) | LABEL_VALUES for key, value in LABELS.items()}),
        "status": JSON | st.just(ACTIVE) | st.just("firing"),
        "annotations": JSON | st.dictionaries(st.just("grafana_state_reason"), JSON),
        "startsAt": JSON | st.datetimes().map(str),
    },
)


@settings(deadline=None)
@given(st.lists(ALERTS, max_size=6))
def test_whatever_is_sent_nothing_but_names_and_plain_words_come_out(alerts: list[Any]) -> None:
    for found in (read_api(alerts), read_payload({"alerts": alerts})):
        assert len(found.alerts) + sum(found.ignored.values()) == len(alerts)
        for one in found.alerts:
            assert re.fullmatch(r"[A-Za-z0-9][\w.-]{0,62}/[A-Za-z0-9][\w.-]{0,62}", one.path, re.ASCII)
            assert re.fullmatch(r"[A-Za-z0-9 ._:+-]{1,80}", one.name)
            assert re.fullmatch(r"[A-Za-z0-9_-]{0,31}", one.severity)


def test_a_storm_is_cut_and_counted() -> None:
    found = read_api([api({**LABELS, "path": f"p{number}"}) for number in range(10_005)])
    assert (len(found.alerts), found.ignored) == (10_000, {"too many": 5})
    assert json.dumps(found.ignored)
