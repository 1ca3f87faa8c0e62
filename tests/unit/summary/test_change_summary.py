"""What a person reads while a change goes on, and at its end."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.fairway.backbone.plugins.module_utils.change_summary import (
    Event,
    cut_off,
    progress_line,
    summary,
    summary_table,
    way_back,
)
from ansible_collections.fairway.backbone.plugins.module_utils.table import table


def event(router: str, action: str, seconds: float = 1.0, batch: int = 1, **result: Any) -> Event:
    return Event(router, action, result, seconds, batch)


LOST = "jkt-r2: OSPF neighbour 192.0.2.4 is gone"
STORY = [
    event("jkt-r1", "config_stage", 1.2, state="staged", lines_added=12, lines_removed=3),
    event("jkt-r2", "config_stage", 2.0, state="staged", lines_added=1, lines_removed=1),
    event("sby-r1", "config_stage", 0.4, state="unchanged"),
    event("jkt-r1", "router_state", 10.0, healthy=True),
    event("jkt-r2", "router_state", 60.0, healthy=False, failed=True, msg=f"{LOST}\nmore"),
    event("sby-r1", "router_state", 10.0, healthy=True),
    event("jkt-r1", "config_revert", 1.0, state="reverted", changed=True),
    event("jkt-r2", "config_revert", 1.5, state="reverted", changed=True),
]

TABLE = """\
router  lines   staged     proven  result     seconds  why
------  ------  ---------  ------  ---------  -------  ----------------------------------------
jkt-r1  +12 -3  staged     yes     reverted      12.2  with its batch: jkt-r2
jkt-r2  +1 -1   staged     no      reverted      63.5  jkt-r2: OSPF neighbour 192.0.2.4 is gone
sby-r1  +0 -0   unchanged  yes     unchanged     10.4"""


def test_the_table_says_what_happened_to_each_router_and_why() -> None:
    assert summary_table(summary(STORY)) == TABLE


def test_a_controller_that_dies_after_staging_leaves_no_doubt() -> None:
    [row] = summary([event("jkt-r1", "config_stage", state="staged", lines_added=1)])
    assert row.result == "left to its timer"
    assert "takes the change back by itself" in row.why


@pytest.mark.parametrize(
    "confirm, revert, result, why",
    [
        ("", "reverted", "reverted", "with its batch: r2"),
        ("", "unchanged", "reverted", "with its batch: r2; its own timer was first"),
        ("", "refused", "left to its timer", "no answer"),
        ("confirmed", "failed", "not reverted", "no answer"),
        ("unknown", "failed", "unknown", "no reply"),
    ],
)
def test_a_router_that_was_told_to_take_it_back(confirm: str, revert: str, result: str, why: str) -> None:
    failed = revert in ("refused", "failed")
    events = [
        event("r1", "config_stage", state="staged"),
        event("r2", "config_stage", state="refused", failed=True, msg="locked"),
        event("r1", "config_revert", state=revert, failed=failed, msg="no answer" if failed else ""),
    ]
    if confirm:
        lost = confirm == "unknown"
        events.insert(2, event("r1", "config_confirm", state=confirm, failed=lost, msg="no reply" if lost else ""))
    assert (summary(events)[0].result, summary(events)[0].why) == (result, why)


def test_a_confirm_that_failed_is_told_although_the_revert_worked() -> None:
    rows = summary(
        [
            event("r1", "config_stage", state="staged"),
            event("r1", "router_state", healthy=True),
            event("r1", "config_confirm", state="failed", failed=True, msg="r1: the pending commit is not ours"),
            event("r1", "config_revert", state="reverted"),
        ]
    )
    assert (rows[0].result, rows[0].why) == ("reverted", "r1: the pending commit is not ours")


def test_another_batch_is_not_blamed() -> None:
    rows = summary(
        [
            event("r1", "config_stage", batch=1, state="refused", failed=True, msg="r1: locked"),
            event("r2", "config_stage", batch=2, state="staged"),
            event("r2", "config_revert", batch=2, state="reverted"),
        ]
    )
    assert rows[1].why == ""


def test_lines_as_they_happen() -> None:
    assert progress_line(STORY[0]) == "jkt-r1       staged +12 -3             1.2 s"
    assert progress_line(STORY[2]) == "sby-r1       unchanged                 0.4 s"
    assert progress_line(STORY[4]).endswith("60.0 s  " + LOST)
    assert progress_line(event("r1", "router_state")) == "", "a plain look at a router is not part of the story"


def test_a_wide_last_column_is_wrapped_under_itself() -> None:
    text = table(("a", "why"), [("x", "one two three four five six seven")], width=30)
    assert text.splitlines() == ["a  why", "-  " + "-" * 27, "x  one two three four five six", "   seven"]


def test_the_way_back_is_told_when_something_was_confirmed() -> None:
    events = [
        event("r1", "config_stage", state="staged", change_id="fw-20260203T040506-a1b2c3"),
        event("r1", "router_state", healthy=True),
        event("r1", "config_confirm", state="confirmed"),
    ]
    assert way_back(events, summary(events)) == (
        "To take it back: ansible-playbook fairway.backbone.revert -e change_id=fw-20260203T040506-a1b2c3"
    )
    typed = ["ansible-playbook", "-i", "my net", "playbooks/revert.yml"]
    assert " ansible-playbook -i 'my net' playbooks/revert.yml -e" in way_back(events, summary(events), typed)
    assert way_back(STORY, summary(STORY)) == "", "what was reverted needs no way back"
    more = [*events, event("r1", "config_stage", state="staged", change_id="fw-20260203T040507-a1b2c3")]
    assert way_back(more, summary(events)) == "", "one of several changes is no way back"


def test_check_mode_says_what_would_be() -> None:
    assert progress_line(event("r1", "config_revert", state="checked")).split() == ["r1", "would", "change", "1.0", "s"]


def test_a_revert_alone_tells_how_many_lines_it_put_back() -> None:
    diff = "[edit protocols ospf]\n-  metric 77;\n+  metric 10;\n+  passive;"
    back = event("r1", "config_revert", state="reverted", diff_text=diff)
    nothing = event("r2", "config_revert", state="unchanged", diff_text="")
    assert progress_line(back) == "r1           reverted +2 -1            1.0 s"
    assert progress_line(nothing) == "r2           unchanged                 1.0 s"
    assert [(row.added, row.removed, row.result) for row in summary([back, nothing])] == [
        (2, 1, "reverted"),
        (0, 0, "unchanged"),
    ]


def test_a_router_that_was_not_compared_is_not_said_to_be_without_a_difference() -> None:
    rows = summary([event("r1", "config_stage", state="refused", failed=True, msg="no answer")])
    assert summary_table(rows).splitlines()[2].split() == ["r1", "-", "refused", "-", "refused", "1.0", "no", "answer"]


def test_a_runbook_that_changes_a_router_several_times_tells_each_change_and_no_single_way_back() -> None:
    steps = [
        [
            Event("r1", "config_stage", {"state": "staged", "lines_added": n, "change_id": f"fw-{n}"}, 1.0),
            Event("r1", "router_state", {"healthy": True}, 1.0),
            Event("r1", "config_confirm", {"state": "confirmed", "change_id": f"fw-{n}"}, 1.0),
        ]
        for n in (1, 2)
    ]
    events = [event for step in steps for event in step]
    rows = summary(events)
    assert [(row.added, row.result, row.seconds) for row in rows] == [(1, "confirmed", 3.0), (2, "confirmed", 3.0)]
    assert way_back(events, rows) == ""
    assert "fw-1" in way_back(steps[0], summary(steps[0]))


def test_a_run_that_is_cut_off_tells_what_waits_where_and_how_to_end_it() -> None:
    ids: dict[str, Any] = {"change_id": "fw-1"}
    staged = [event(name, "config_stage", state="staged", **ids) for name in ("r1", "r2", "r3")]
    events = [*staged, event("r1", "config_confirm", state="confirmed", **ids)]
    back = "ansible-playbook fairway.backbone.revert -e change_id=fw-1"
    staged_only = "fw-1 is staged and not confirmed: taken back by itself when the timer runs out"
    assert cut_off(events, "Confirm the change", ["r3"]) == [f"Cut off. r2, r3: {staged_only}. At once: {back}"]
    assert cut_off(staged[:1], "Stage the configuration", ["r2"], "fw-1")[1] == (
        "r2: in the middle of 'Stage the configuration': the commit history says what came of it; "
        f"{back} takes it back where it is"
    )
    reverted = [*staged[:1], event("r1", "config_revert", state="reverted", **ids)]
    assert cut_off(reverted, "", []) == ["Cut off. No change of this run waits on a router."]
    assert cut_off([], "", []) == [], "nobody was asked"
    lost = [*staged[:1], event("r1", "config_confirm", state="unknown", failed=True, **ids)]
    assert "r1: fw-1 is staged and not confirmed" in cut_off(lost, "", [])[0]
