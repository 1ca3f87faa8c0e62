"""The hook with AWX behind it: a burst is one job and one more, and nothing of a payload is in either."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.hostile.hook_awx import Awx
from tests.hostile.hook_house import PATIENCE, House
from tests.hostile.hook_sender import alert, alertmanager, post
from tests.lab.lab_harness import poll

pytestmark = [pytest.mark.hostile, pytest.mark.timeout(420)]


@pytest.fixture(scope="module")
def awx() -> Iterator[Awx]:
    """A controller."""
    made = Awx()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def hook(tmp_path_factory: pytest.TempPathFactory, awx: Awx) -> Iterator[tuple[House, int]]:
    """A hook that launches jobs there."""
    house = House(tmp_path_factory.mktemp("house"))
    controller = {"EDA_CONTROLLER_URL": awx.url, "EDA_CONTROLLER_TOKEN": "0123456789"}
    try:
        _service, port = house.hook(
            "fairway.backbone.reroute_awx", hook_door="", hook_job_template="Reroute", hook_organization="Default",
            environment=controller,
        )  # fmt: skip
        yield house, port
    finally:
        house.leave()


def test_a_burst_is_a_few_jobs_without_its_words(hook: tuple[House, int], awx: Awx) -> None:
    house, port = hook
    awx.hold = True
    assert post(port, alertmanager(alert(secret="{{ 7*7 }}"))) == 200
    house.poll(lambda: awx.launches, "the first knock launches at once")
    for number in range(200):
        assert post(port, alertmanager(alert(path=f"path-{number}"))) == 200
    # Beside the job that runs, one event may be on its way to the rules, one in their queue, one with the source.
    during = len(awx.launches)
    awx.hold = False
    house.poll(lambda: len(awx.launches) > during, "what was knocked during the job launches one more")
    seen = [-1]

    def settled() -> bool:
        seen.append(len(awx.launches))
        return seen[-2] == seen[-1]

    # A job is looked at every second or so, and an event is taken up to a second after it.
    poll(settled, "launches come to an end", PATIENCE, 6.0)
    assert during <= 2
    assert len(awx.launches) <= during + 3
    assert not any(word in json.dumps(awx.launches) for word in ("path", "7*7", "49", "firing", "ansible_eda"))


def test_a_launch_whose_answer_was_lost_is_repeated_and_the_hook_goes_on(hook: tuple[House, int], awx: Awx) -> None:
    house, port = hook
    before = len(awx.launches)
    awx.lose = 1
    assert post(port) == 200
    house.poll(lambda: len(awx.launches) >= before + 2, "launched again: harmless, reroute reads the truth each time")
    after = len(awx.launches)
    assert post(port) == 200
    house.poll(lambda: len(awx.launches) > after, "the next knock")
