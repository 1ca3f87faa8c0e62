"""What an FRR router answers: Ansible prints it with -vvv, and keeps it where log_path says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.fairway.backbone.plugins.module_utils.change import StageRequest
from tests.lab.change_frr import BareRouter, bare_router, config, missing

pytestmark = [pytest.mark.lab, pytest.mark.skipif(bool(missing()), reason=missing() or "-")]


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[BareRouter]:
    with bare_router(tmp_path) as router:
        yield router


def test_no_step_of_a_change_answers_with_a_secret(bare: BareRouter) -> None:
    answers: list[str] = []

    def transport(command: str, stdin: bytes) -> tuple[int, str, str]:
        done = bare.transport(command, stdin)
        answers.append(f"{command} {done[1]} {done[2]}")
        return done

    router = bare.router(transport)
    for change, key, check in (("fw-1", "hunter1", False), ("fw-2", "hunter2", True), ("fw-3", "hunter3", False)):
        text = config(150).replace("fairway-lab", key)
        assert router.stage(StageRequest(text, change, check_mode=check, snapshot=True)).ok
        if not check:
            assert router.confirm(change).ok
            assert router.stage(StageRequest(text, f"{change}-again", snapshot=True)).state == "unchanged"
    assert router.revert("fw-3").state == "reverted"
    assert router.history()
    assert len(answers) == 9
    assert "hunter" not in "".join(answers)
