"""Mistakes in the intent and in the templates: all are told at once, and no router hears of them; and statements that
only the router can refuse: it names them, and the whole batch keeps what it had."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile.network import FRR, JUNOS, ROUTERS, Change, Network, Run
from tests.lab.lab_harness import CHECKOUT

pytestmark = [pytest.mark.lab, pytest.mark.hostile]

ERRORS = Path(__file__).parent / "errors"


def contacts(network: Network) -> dict[str, int]:
    """How often the routers were spoken to: requests that the emulators heard, and logins that sshd let in."""
    heard = {one: len(network.lab.junos(one, op="requests")["routers"][0]["requests"]) for one in JUNOS}
    logins = {one: network.lab.exec(one, "cat", "/var/log/sshd.log").stdout.count("Accepted") for one in FRR}
    return heard | logins


def wrong_in_many_places(change: Change) -> None:
    """Schema and cross-checks, in files of several routers and of a group."""
    change.edit("host_vars/jkt-r1.yml", "mtu: 1500", 'mtu: "1500"')
    change.edit("host_vars/sby-r1.yml", "mtu: 9000", "mtu: 1500")
    change.edit("host_vars/jkt-r2.yml", "cost: 150", "cost: 151")
    change.edit("host_vars/sby-r2.yml", "192.0.2.2: {description: jkt-r2}", "192.0.2.92: {description: jkt-r2}")
    change.edit("group_vars/routers/policies.yml", "prefix_list: own}", "prefix_list: owned}")


def templates_with(change: Change, file: str, line: str) -> Path:
    """The collection's templates, one of them with a line at its end."""
    directory = change.directory / "templates"
    if not directory.exists():
        shutil.copytree(CHECKOUT / "templates", directory)
    with (directory / file).open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")
    change.options["render_templates"] = str(directory)
    return directory / file


def undefined_in_templates(change: Change) -> None:
    """A variable that does not exist, on both platforms."""
    templates_with(change, "junos/snmp.j2", "{{ snmp.comunity }}")
    templates_with(change, "frr/static.j2", "{{ no_such_thing }}")


@pytest.mark.parametrize("mistake", [wrong_in_many_places, undefined_in_templates], ids=lambda one: one.__name__)
def test_mistakes_are_told_at_once_and_nobody_is_contacted(network: Network, mistake: Callable[[Change], None]) -> None:
    change = network.change()
    mistake(change)
    spoken = contacts(network)
    run = network.deploy(change)
    assert run.status != 0
    assert contacts(network) == spoken

    [error] = run.report["errors"]
    assert run.rows == {}
    told = error["message"].replace(str(change.directory), "DIRECTORY") + "\n"
    golden = ERRORS / f"{mistake.__name__}.txt"
    if os.environ.get("UPDATE_GOLDENS"):
        golden.write_text(told, encoding="utf-8")
    assert told == golden.read_text(encoding="utf-8")
    assert all(network.look(router).settled == network.confirmed[router] for router in ROUTERS)


BAD_STATEMENTS = [
    ("junos/snmp.j2", "system { no-such-statement; }", JUNOS, "syntax error.*no-such-statement"),
    ("frr/static.j2", "ip route 198.51.100.0/24 nowhere-at-all extra", FRR, "FRR refuses 1 line"),
]


def statements(run: Run, routers: tuple[str, ...]) -> str:
    """What the deploy printed about these routers and after them."""
    return run.words if all(router in run.words for router in routers) else ""


@pytest.mark.parametrize("file, line, refusing, says", BAD_STATEMENTS, ids=["junos", "frr"])
def test_a_statement_the_router_refuses(
    network: Network, file: str, line: str, refusing: tuple[str, ...], says: str
) -> None:
    change = network.change()
    template = templates_with(change, file, line)
    number = len(template.read_text(encoding="utf-8").splitlines())
    run = network.deploy(change)
    assert run.status != 0
    assert [network.look(router).settled for router in ROUTERS] == [network.confirmed[router] for router in ROUTERS]

    place = f"{template.parent.name}/{template.name}:{number}"
    for router in ROUTERS:
        row = run.rows[router]
        if router in refusing:
            assert row["result"] == "failed", run.output
            assert re.search(says, run.words), run.output
            assert place in run.words, run.output
        else:
            assert row["result"] == "reverted", run.output
            assert refusing[0] in row["why"], run.output
