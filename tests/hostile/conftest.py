"""One lab for all of it: booted and deployed once; every test leaves it with nothing pending and nothing broken."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hostile.network import ROUTERS, Network
from tests.lab.conftest import booted, machine_runs_labs

__all__ = ["machine_runs_labs"]


@pytest.fixture(scope="session")
def deployed(machine_runs_labs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """Four routers that run a confirmed round."""
    for lab in booted(tmp_path_factory.mktemp("lab"), "hostile", "--minute", "5"):
        network = Network(lab, tmp_path_factory.mktemp("rounds"))
        change = network.change()
        change.options = {"change_deadline": 50}
        run = network.deploy(change)
        assert run.status == 0, run.output
        assert network.settle_all(change, 1.0) == dict.fromkeys(ROUTERS, change.number)
        yield network


@pytest.fixture
def network(deployed: Network) -> Iterator[Network]:
    """The routers, at rest before and after."""
    yield deployed
    deployed.at_rest()
