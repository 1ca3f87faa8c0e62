"""What an audit event says, and what never gets into one."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils import audit
from ansible_collections.fairway.backbone.plugins.module_utils.audit_redact import MAX_TEXT, Redactor
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import Decision, Place
from tools.stage import ROOT

SCHEMA = json.loads((ROOT / "schemas" / "audit_event.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
WHO = audit.Origin("run-1", "ctl", "noc")
CHANGE = audit.Change("fw-1", "steer", "jkt-sby/north", "auto", "sick", "abc")
STAGED, UNCHANGED = {"state": "staged", "seconds": 0.5}, {"state": "unchanged"}
WELL, GOOD = {"healthy": True}, {"state": "confirmed"}
NOW = 1_800_000_000.0


def valid(event: dict[str, Any]) -> dict[str, Any]:
    VALIDATOR.validate(json.loads(json.dumps(event)))
    return event


def states(phase: str, **reports: dict[str, Any]) -> list[str]:
    events = audit.change_events(phase, CHANGE, reports, WHO, NOW, Redactor())
    return [str(valid(event)["state"]) for event in events]


def test_the_schema_is_one_and_describes_everything() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for name in ("decision", "change"):
        told = SCHEMA["$defs"][name]
        assert told["additionalProperties"] is False
        assert set(told["required"]) == set(told["properties"])
        assert all("description" in field or "$ref" in field for field in told["properties"].values())


def test_a_change_that_was_not_begun_has_an_end() -> None:
    event = valid(audit.not_begun(CHANGE, ["a", "b"], "c dropped out of the run", WHO, NOW, Redactor()))
    assert (event["state"], event["change"], event["routers"]) == ("failed", "fw-1", ["a", "b"])
    assert {(one["state"], one["message"]) for one in event["results"]} == {("not begun", "c dropped out of the run")}


def test_a_decision_is_told_with_its_reason_and_evidence() -> None:
    places = (Place("jkt-r1", ("ospf", "ge-0/0/0.0")), Place("sby-r1", ("ospf", "ge-0/0/0.0")))
    decision = Decision("jkt-sby/north", "steer", "steered", "sick", places=places, evidence={"loss": 0.3})
    event = valid(audit.decision_event(decision, WHO, NOW, Redactor(), "fw-1"))
    assert (event["verdict"], event["change"], event["evidence"]) == ("steer", "fw-1", {"loss": 0.3})
    assert (event["routers"], event["places"][0]) == (["jkt-r1", "sby-r1"], "jkt-r1 ge-0/0/0.0")
    assert event["time"] == "2027-01-15T08:00:00.000Z"


@pytest.mark.parametrize(
    "reports, told",
    [
        ({"a": STAGED, "b": STAGED}, ["staged"]),
        ({"a": STAGED, "b": UNCHANGED}, ["staged"]),
        ({"a": UNCHANGED, "b": UNCHANGED}, []),
        ({"a": STAGED, "b": {"state": "refused", "message": "locked"}}, ["failed"]),
        ({"a": STAGED, "b": {"failed": True, "msg": "gone"}}, ["failed"]),
        ({"a": STAGED, "b": {}}, ["failed"]),
    ],
)
def test_what_came_of_staging(reports: dict[str, Any], told: list[str]) -> None:
    assert states("staged", **{name: {"change_stage": report} for name, report in reports.items()}) == told


BASE = {"change_stage": STAGED, "change_proof": WELL, "change_confirm": GOOD}
BACK = {"change_revert": {"state": "reverted"}, "change_confirm": {"skipped": True}}


@pytest.mark.parametrize(
    "one, other, told",
    [
        (BASE, BASE, ["proven", "confirmed"]),
        (BASE, {"change_stage": UNCHANGED}, ["proven", "confirmed"]),
        ({**BASE, "change_probed": {"healthy": True}}, BASE, ["proven", "confirmed"]),
        ({**BASE, "change_probed": {"skipped": True}}, BASE, ["proven", "confirmed"]),
        ({**BASE, "change_confirm": {"state": "failed"}}, BASE, ["proven", "failed"]),
        ({**BASE, "change_confirm": {}}, BASE, ["proven", "failed"]),
        ({**BASE, **BACK, "change_proof": {"healthy": False}}, {**BASE, **BACK}, ["reverted"]),
        ({**BASE, **BACK, "change_probed": {"healthy": False}}, {**BASE, **BACK}, ["reverted"]),
        ({**BASE, **BACK}, {"change_stage": {"state": "refused"}}, ["reverted"]),
        ({**BASE, **BACK}, {**BASE, "change_revert": {"failed": True}}, ["proven", "failed"]),
        ({"change_stage": {"state": "refused"}}, {"change_stage": {"state": "refused"}}, []),
    ],
)
def test_how_a_change_ended(one: dict[str, Any], other: dict[str, Any], told: list[str]) -> None:
    assert states("ended", a=one, b=other) == told


def test_a_revert_is_told_with_the_reason_of_who_spoke_against_it() -> None:
    bad = {**BASE, **BACK, "change_probed": {"healthy": False, "message": "path jkt-sby/south is sick"}}
    event = audit.change_events("ended", CHANGE, {"a": bad}, WHO, NOW, Redactor())[-1]
    assert event["results"] == [
        {"router": "a", "state": "reverted", "message": "path jkt-sby/south is sick", "seconds": 0.0}
    ]


def test_labels_are_few_and_name_nothing_of_the_network() -> None:
    event = audit.decision_event(Decision("jkt-sby/north", "hold", "normal", ""), WHO, NOW, Redactor())
    assert audit.labels(event) == {"job": "fairway", "event": "decision", "mode": "live", "verdict": "hold"}


SECRET_TEXTS = [
    "Authorization: Bearer abcDEF123456", "password=hunter22", "token: 's3cr3t-t0k3n'", "api_key=0123abcd",
    "https://user:pa55word@loki.example.net/", "-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----",
    'authentication-key "$9$abcdefgh"', "encrypted-password \"$6$salt$hash\"", "d41d8cd98f00b204e9800998ecf8427e",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "snmp community hidden-word", "Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyMTIz",
]  # fmt: skip
SECRETS = [
    "abcDEF123456", "hunter22", "s3cr3t-t0k3n", "0123abcd", "pa55word", "MIIabc", "$9$abcdefgh", "$6$salt$hash",
    "d41d8cd98f00b204e9800998ecf8427e", "eyJhbGci", "hidden-word", "Zm9vYmFy",
]  # fmt: skip


@pytest.mark.parametrize("text, secret", list(zip(SECRET_TEXTS, SECRETS, strict=True)))
def test_what_looks_like_a_secret_does_not_get_in(text: str, secret: str) -> None:
    told = Decision("b/p", "hold", "normal", f"it said {text} and stopped", evidence={"why": {"said": text}})
    event = json.dumps(valid(audit.decision_event(told, WHO, NOW, Redactor())))
    assert secret not in event
    assert "it said" in event
    assert "and stopped" in event or "BEGIN" in text


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=4, max_size=60), st.text(), st.text(), st.integers(0, MAX_TEXT + 50))
def test_a_secret_of_the_settings_is_in_no_event_wherever_it_stands(
    secret: str, before: str, after: str, pad: int
) -> None:
    text = f"{before}{secret}{after}"
    evidence = {text: [text, {"x": {"y": {"z": text}}}], "a": ["." * pad + text]}
    decision = Decision(text, "hold", "normal", "." * pad + text, guard=text, evidence=evidence)
    result = {"state": "staged", "message": text, "seconds": 1}
    who, change = audit.Origin(text, text, text), audit.Change(text, "steer", text, text, text, text)
    redact = Redactor([secret])
    # What is written besides: a secret that is a part of a field's name or a mark cannot be told from it.
    plain = json.dumps(
        audit.decision_event(Decision("", "hold", "normal", ""), audit.Origin("", "", ""), NOW, Redactor())
    )
    if secret in plain + "<hidden>?…. steered staged_stage change proven unknown missing":
        return
    events = [audit.decision_event(decision, who, NOW, redact, text)]
    events += audit.change_events("staged", change, {text: {"change_stage": result}}, who, NOW, redact)
    for event in events:
        valid(event)
        for word in strings(event):
            assert secret not in word


def strings(value: Any) -> list[str]:
    """Every text in plain data, keys too."""
    if isinstance(value, dict):
        return [word for key, inner in value.items() for word in (*strings(key), *strings(inner))]
    if isinstance(value, list):
        return [word for inner in value for word in strings(inner)]
    return [value] if isinstance(value, str) else []


@settings(max_examples=60, deadline=None)
@given(st.text(), st.text(), st.text())
def test_any_event_is_valid_and_one_line_whatever_a_router_says(reason: str, router: str, state: str) -> None:
    decision = Decision(reason, state, reason, reason, guard=state, by=reason, evidence={reason: object()})
    valid(audit.decision_event(decision, WHO, NOW, Redactor()))
    reports = {router: {"change_stage": {"state": state, "message": reason, "seconds": reason}}}
    for event in audit.change_events("staged", CHANGE, reports, WHO, NOW, Redactor()):
        valid(event)
        assert "\n" not in json.dumps(event)


def test_a_change_must_say_what_it_is() -> None:
    with pytest.raises(ValueError, match="change needs change_id, and action, one of steer, restore"):
        audit.Change.of({"change_id": "fw-1", "action": "explode"})
