"""Step × fault × platform (table.py), through `ansible-playbook playbooks/deploy.yml`."""

from __future__ import annotations

import re

import pytest

from tests.hostile.network import Network
from tests.hostile.table import NEW, ROWS, Row
from tests.hostile.volleys import Volley, fire, volleys

pytestmark = [pytest.mark.lab, pytest.mark.hostile]


@pytest.fixture(scope="module")
def planned(request: pytest.FixtureRequest) -> list[Volley]:
    """The volleys of the rows that were selected."""
    selected = {item.name for item in request.session.items}
    return volleys([row for row in ROWS if f"test_a_fault[{row.name}]" in selected])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_fault(deployed: Network, planned: list[Volley], row: Row) -> None:
    volley, router = next((v, r) for v in planned for r, one in v.rows.items() if one is row)
    if not volley.number:
        fire(deployed, volley)
    assert volley.run, "the deploy of this row could not be tried: see the first failure of its volley"
    run, end = volley.run, volley.number if row.ends == NEW else volley.before[router]
    assert volley.after[router].settled == end, (volley.after[router], run.output)

    told = run.rows[router]
    assert told["result"] == row.result, run.output
    assert re.search(row.says, told["why"]), told
    assert told["seconds"] < row.seconds, told
    assert (run.status == 0) is (row.ends == NEW), run.output
    assert "Traceback" not in run.output
