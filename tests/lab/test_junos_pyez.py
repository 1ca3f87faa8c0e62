"""PyEZ against the emulator: Config in all its forms, timers, history, StartShell, SCP, facts and op tables."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from jnpr.junos.exception import (
    CommitError,
    ConfigLoadError,
    ConnectClosedError,
    LockError,
    RpcError,
    UnlockError,
)
from jnpr.junos.utils.config import Config
from jnpr.junos.utils.scp import SCP
from lxml import etree

from tests.lab.junos_emulator import BASE_CONFIG, USER, Emulator, eventually

METRIC = "set protocols ospf area 0.0.0.0 interface ge-0/0/0.0 metric"


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    path = tmp_path_factory.mktemp("junos") / "r1.conf"
    path.write_text(BASE_CONFIG)
    with Emulator("--config", str(path), "--minute", "1") as running:
        yield running


@pytest.fixture
def device(emulator: Emulator) -> Iterator[Any]:
    """An open session; afterwards the base configuration is active again, nothing pending, nothing locked."""
    with emulator.device() as opened:
        yield opened
    with emulator.device() as cleaner:
        config = Config(cleaner)
        config.load(BASE_CONFIG, format="text", overwrite=True)
        if config.diff() is not None or emulator.status()["pending"]:
            config.commit()
    status = emulator.status()
    assert (status["lock"], status["pending"], status["dirty"]) == (None, None, False)


def metric(emulator: Emulator) -> str:
    """The metric in the running configuration, as the witness sees it."""
    lines = [line for line in emulator.running().splitlines() if " metric " in line]
    return lines[0].rsplit(" ", 1)[1] if lines else "none"


def test_lock_load_diff_check_commit_unlock(emulator: Emulator, device: Any) -> None:
    config = Config(device)
    assert config.lock()
    assert config.diff() is None
    config.load(f"{METRIC} 77", format="set")
    difference = config.diff()
    assert "[edit protocols ospf area 0.0.0.0 interface ge-0/0/0.0]" in difference
    assert "-     metric 10;" in difference
    assert "+     metric 77;" in difference
    assert config.commit_check()
    assert metric(emulator) == "10"
    assert config.commit(comment="change under test")
    assert metric(emulator) == "77"
    assert config.diff() is None
    assert config.unlock()
    newest = device.rpc.get_commit_information().findall("commit-history")[0]
    assert newest.findtext("sequence-number") == "0"
    assert (newest.findtext("user"), newest.findtext("client")) == (USER, "netconf")
    assert newest.findtext("log") == "change under test"


CURLY = "protocols { ospf { area 0.0.0.0 { interface ge-0/0/0.0 { metric 42; } } } }"
XML = (
    "<configuration><protocols><ospf><area><name>0.0.0.0</name><interface><name>ge-0/0/0.0</name>"
    "<metric>42</metric></interface></area></ospf></protocols></configuration>"
)
JSON = (
    '{"configuration": {"protocols": {"ospf": {"area": [{"name": "0.0.0.0", "interface": '
    '[{"name": "ge-0/0/0.0", "metric": 42}]}]}}}}'
)
SOURCES = {"text": CURLY, "set": f"{METRIC} 42", "xml": XML, "json": JSON}
ACTIONS: dict[str, dict[str, bool]] = {
    "merge": {"merge": True}, "replace": {}, "override": {"overwrite": True}, "update": {"update": True},
}  # fmt: skip


@pytest.mark.parametrize(
    "fmt, action",  # set commands have no override and no update: PyEZ refuses to ask for them
    [pair for pair in product(SOURCES, ACTIONS) if pair not in (("set", "override"), ("set", "update"))],
)
def test_every_format_with_every_action(emulator: Emulator, device: Any, fmt: str, action: str) -> None:
    with Config(device, mode="exclusive") as config:
        config.load(SOURCES[fmt], format=fmt, **ACTIONS[action])
        candidate = device.rpc.get_config(options={"format": "set"}).text
        assert f"{METRIC} 42" in candidate
        kept = action in ("merge", "replace")
        assert ("set system host-name r1" in candidate) == kept
        assert ("interface-type p2p" in candidate) == kept
    assert not emulator.status()["dirty"], "unlock discards what was not committed"


def test_set_and_patch_and_a_replace_tag(emulator: Emulator, device: Any) -> None:
    with Config(device, mode="exclusive") as config:
        config.load("delete protocols ospf\nset system domain-name example.net", format="set")
        assert "-  protocols" in config.diff() or "-   protocols" in config.diff() or "ospf {" in config.diff()
        config.rollback(0)
        config.load(f"{METRIC} 20", format="set")
        patch = config.diff()
        config.rollback(0)
        assert config.diff() is None
        config.load(patch, format="text", patch=True)
        assert config.diff() == patch
        config.rollback(0)
        config.load(CURLY.replace("interface ge", "replace: interface ge"), format="text")
        assert "interface-type" in config.diff(), "what the replaced statement does not say is gone"


def test_what_is_read_back_can_be_loaded_again(emulator: Emulator, device: Any) -> None:
    with Config(device, mode="exclusive") as config:
        for fmt in ("text", "xml", "set", "json"):
            got = device.rpc.get_config(options={"format": fmt, "database": "committed"}, normalize=False)
            text = etree.tostring(got, encoding="unicode") if fmt == "xml" else None
            if fmt == "json":
                import json

                text = json.dumps(got)
            elif text is None:
                text = got.text
            if fmt == "set":
                config.load("delete protocols\n" + text, format="set")
            else:
                config.load(text, format=fmt, overwrite=True)
            assert config.diff() is None, fmt


def test_a_filter_cuts_the_configuration(device: Any) -> None:
    got = device.rpc.get_config(filter_xml="system/host-name")
    assert [child.tag for child in got] == ["system"]
    assert got.findtext("system/host-name") == "r1"
    assert got.find("system/services") is None


def test_the_valid_part_of_a_bad_load_stays_in_the_candidate(emulator: Emulator, device: Any) -> None:
    with Config(device, mode="exclusive") as config:
        with pytest.raises(ConfigLoadError) as caught:
            config.load(f"{METRIC} 55\nset system1 host-name x", format="set")
        assert caught.value.errs[0]["bad_element"] == "system1"
        assert "syntax error" in caught.value.errs[0]["message"]
        assert "metric 55" in config.diff()
    assert metric(emulator) == "10"
    assert not emulator.status()["dirty"]


def test_a_commit_that_fails_the_check_changes_nothing(emulator: Emulator, device: Any) -> None:
    with Config(device, mode="exclusive") as config:
        config.load("set protocols ospf export no-such-policy", format="set")
        for attempt in (config.commit_check, config.commit):
            with pytest.raises(CommitError) as caught:
                attempt()
            assert "no-such-policy" in str(caught.value.rsp is not None and etree.tostring(caught.value.rsp))
            assert any("check-out failed" in error["message"] for error in caught.value.errs)
    assert "no-such-policy" not in emulator.running()


def test_a_confirmed_commit_rolls_back_by_itself(emulator: Emulator, device: Any) -> None:
    config = Config(device)
    config.load(f"{METRIC} 33", format="set")
    begun = time.time()
    config.commit(confirm=6, comment="trial")
    status = emulator.status()
    assert metric(emulator) == "33"
    assert status["pending"] is not None
    newest = device.rpc.get_commit_information().findall("commit-history")[0]
    assert newest.findtext("comment") == "commit confirmed, rollback in 6mins"
    assert newest.findtext("commit-confirmed") == "rollback pending"
    eventually(lambda: metric(emulator) == "10", what="the metric is 10 again")
    assert time.time() - begun >= 5.9, "6 minutes of one second each"
    first, second = device.rpc.get_commit_information().findall("commit-history")[:2]
    assert (first.findtext("user"), first.findtext("client")) == ("root", "other")
    assert (first.findtext("log"), first.findtext("comment")) == (None, None)
    assert second.findtext("log") == "trial"
    assert second.find("commit-confirmed") is None


def test_a_confirmed_commit_survives_its_session_and_is_confirmed_from_another(emulator: Emulator, device: Any) -> None:
    with emulator.device() as first:
        config = Config(first)
        config.load(f"{METRIC} 34", format="set")
        begun = time.time()
        config.commit(confirm=6)
    with emulator.device() as second:
        Config(second).commit()
    assert emulator.status()["pending"] is None
    entries = device.rpc.get_commit_information().findall("commit-history")
    assert all(entry.find("commit-confirmed") is None for entry in entries)
    eventually(lambda: time.time() - begun > 6.5, what="the timer would have fired")
    assert metric(emulator) == "34"


def test_commit_check_confirms_a_pending_commit(emulator: Emulator, device: Any) -> None:
    config = Config(device)
    config.load(f"{METRIC} 35", format="set")
    config.commit(confirm=100)
    before = len(emulator.status()["history"])
    config.commit_check()
    assert emulator.status()["pending"] is None
    assert len(emulator.status()["history"]) == before


def test_rollback_and_comparison_with_older_configurations(emulator: Emulator, device: Any) -> None:
    config = Config(device)
    for value in ("61", "62"):
        config.load(f"{METRIC} {value}", format="set")
        config.commit()
    assert "metric 61" in config.diff(rb_id=1)
    config.rollback(1)
    assert "+     metric 61;" in config.diff()
    config.commit()
    assert metric(emulator) == "61"
    got = device.rpc.get_rollback_information(rollback="1", compare="0", format="text")
    assert "metric 6" in got.findtext("configuration-information/configuration-output")


def test_rescue(emulator: Emulator, device: Any) -> None:
    config = Config(device)
    config.rescue("delete")
    assert config.rescue("get") is None
    assert config.rescue("reload") is False
    assert config.rescue("save")
    assert "host-name r1" in config.rescue("get")
    config.load(f"{METRIC} 99", format="set")
    config.rescue("reload")
    assert config.diff() is None
    assert config.rescue("delete")


def test_the_lock_names_its_holder_and_ends_with_the_session(emulator: Emulator, device: Any) -> None:
    with emulator.device() as other:
        Config(other).lock()
        Config(other).load(f"{METRIC} 44", format="set")
        pid = emulator.status()["lock"]["pid"]
        with pytest.raises(LockError) as caught:
            Config(device).lock()
        assert f"(pid {pid})" in caught.value.message
        with pytest.raises(UnlockError, match="not open"):
            Config(device).unlock()
        with pytest.raises(ConfigLoadError, match="locked by"):
            Config(device).load(f"{METRIC} 45", format="set")
    eventually(lambda: emulator.status()["lock"] is None, what="the lock is gone")
    assert not emulator.status()["dirty"]


def test_a_dirty_candidate_cannot_be_locked(emulator: Emulator, device: Any) -> None:
    with emulator.device() as other:
        Config(other).load(f"{METRIC} 46", format="set")
    assert emulator.status()["dirty"], "an unlocked candidate stays dirty when the session ends"
    with pytest.raises(LockError, match="configuration database modified"):
        Config(device).lock()
    Config(device).rollback(0)
    assert Config(device).lock()
    Config(device).unlock()


def test_private_copies(emulator: Emulator, device: Any) -> None:
    with Config(device, mode="private") as config:
        config.load(f"{METRIC} 47", format="set")
        assert not emulator.status()["dirty"]
        with pytest.raises(CommitError, match="not supported for private"):
            config.commit(confirm=1)
        config.commit()
    assert metric(emulator) == "47"
    with Config(device, mode="private") as config:
        config.load(f"{METRIC} 48", format="set")
    assert metric(emulator) == "47"
    with pytest.raises(RpcError):
        Config(device, mode="ephemeral").__enter__()


def test_inactive_and_macros_and_groups_round_trip(emulator: Emulator, device: Any) -> None:
    with Config(device, mode="exclusive") as config:
        config.load(
            "deactivate interfaces ge-0/0/0\n"
            "set protocols ospf apply-macro fairway-steering since 1700000000\n"
            "set groups common system domain-name example.net\nset apply-groups common",
            format="set",
        )
        config.commit()
        plain = device.rpc.get_config()
        assert plain.find("interfaces/interface").get("inactive") == "inactive"
        assert plain.findtext("protocols/ospf/apply-macro/data/value") == "1700000000"
        assert plain.find("system/domain-name") is None
        expanded = device.rpc.get_config(options={"inherit": "inherit", "groups": "groups"})
        assert expanded.findtext("system/domain-name") == "example.net"
        assert "deactivate interfaces ge-0/0/0" in device.rpc.get_config(options={"format": "set"}).text
        assert "inactive: ge-0/0/0" in device.rpc.get_config(options={"format": "text"}).text


def test_a_file_of_the_router_can_be_loaded(emulator: Emulator, device: Any, tmp_path: Path) -> None:
    source = tmp_path / "metric.set"
    source.write_text(f"{METRIC} 81\n")
    with SCP(device) as scp:
        scp.put(str(source), "/var/tmp/metric.set")
    with Config(device, mode="exclusive") as config:
        config.load(url="/var/tmp/metric.set", format="set")
        assert "metric 81" in config.diff()
        with pytest.raises(ConfigLoadError, match="No such file"):
            config.load(url="/var/tmp/none.set", format="set")


def test_a_killed_session_reverts_what_it_left_pending(emulator: Emulator, device: Any) -> None:
    victim = emulator.device()
    victim.open()
    Config(victim).load(f"{METRIC} 71", format="set")
    Config(victim).commit(confirm=30)
    pid = victim._conn.session_id
    device.rpc.kill_session(session_id=str(pid))
    assert metric(emulator) == "10"
    assert emulator.status()["pending"] is None
    with pytest.raises((ConnectClosedError, RpcError)):
        Config(victim).diff()
