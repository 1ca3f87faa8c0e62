"""The exporter's configuration: what the role writes from an inventory, and what is said about a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.fairway.backbone.plugins.module_utils.metrics_config import ConfigError, Member, settings
from ansible_collections.fairway.backbone.plugins.module_utils.metrics_targets import metrics_targets
from ansible_collections.fairway.backbone.plugins.plugin_utils.metrics import main

STEERING = {
    "paths": {
        "b/north": {
            "action": "ospf_cost",
            "value": 1000,
            "members": [{"router": "r1", "interface": "ge-0/0/0.0"}, {"router": "r2", "interface": "eth1"}],
        },
        "b/term": {"action": "policy_term", "members": [{"router": "r2", "policy": "p", "term": "t"}]},
    }
}
HOSTVARS = {
    "r1": {
        "ansible_network_os": "junipernetworks.junos.junos",
        "ansible_host": "192.0.2.1",
        "ansible_user": "netops",
        "ansible_password": "not-so-secret",
        "steering": STEERING,
    },
    "r2": {"ansible_network_os": "frr", "ansible_port": "2222", "steering": STEERING},
}


def test_an_inventory_becomes_a_configuration() -> None:
    made = settings({"interval": 2, "routers": metrics_targets(["r1", "r2"], HOSTVARS)})
    first, second = made.targets
    assert (first.platform, first.address, first.port, first.user) == ("junos", "192.0.2.1", 830, "netops")
    assert first.password == "not-so-secret"
    assert "not-so-secret" not in repr(made)
    assert first.members == (Member("b", "north", "ospf_cost", "ge-0/0/0.0", 1000.0),)
    assert (second.platform, second.address, second.port, second.vtysh) == ("frr", "r2", 2222, "vtysh")
    assert [member.name for member in second.members] == ["b/north", "b/term"]


def test_a_login_of_its_own_replaces_the_one_that_may_change_routers() -> None:
    login = {"user": "metrics", "password": "", "private_key_file": "/etc/fairway/key"}
    [target] = metrics_targets(["r1"], HOSTVARS, login, "sudo -n vtysh")
    assert (target["user"], target["private_key_file"]) == ("metrics", "/etc/fairway/key")
    assert "password" not in target, "the password belongs to the other user"
    [frr] = metrics_targets(["r2"], HOSTVARS, login, "sudo -n vtysh")
    assert frr["vtysh"] == "sudo -n vtysh"


def test_a_host_that_is_no_router_is_named() -> None:
    with pytest.raises(ValueError, match="r3: ansible_network_os is 'ios'; the exporter knows junos and frr"):
        metrics_targets(["r3"], {"r3": {"ansible_network_os": "ios"}})


def test_samples_of_slow_looks_live_longer() -> None:
    made = settings({"interval": 1, "slow_interval": 30, "stale": 10, "routers": []})
    assert (made.stale_after("fast"), made.stale_after("slow")) == (10, 300)
    quick = settings({"interval": 30, "slow_interval": 15, "stale": 90, "routers": []})
    assert quick.stale_after("slow") == 90


WRONG = """\
intervall: 3
port: many
routers:
  - {name: r1, platform: ios, address: 192.0.2.1}
  - {name: r2, platform: frr, adress: 192.0.2.2, members: [{path: p}]}
"""
COMPLAINTS = """\
FILE: routers[0] (r1): platform is 'ios': expected junos or frr
FILE: routers[1] (r2): address is missing
FILE: routers[1] (r2): unknown setting 'adress'
FILE: routers[1] (r2): a member needs backbone, path and action
FILE: port is 'many': expected a number
FILE: unknown setting 'intervall'
"""


def test_every_mistake_is_named_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "config.yml"
    file.write_text(WRONG)
    assert main(["--config", str(file)]) == 2
    assert capsys.readouterr().err.replace(str(file), "FILE") == COMPLAINTS


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("- 1", "the configuration is no mapping of settings"),
        ("{", "neither YAML nor JSON"),
        ("routers: 3", "routers is no list of routers"),
        ("{routers: [], interval: 0}", "interval is 0: more than 0 is expected"),
        (
            "routers: [{name: r, platform: frr, address: a}, {name: r, platform: frr, address: b}]",
            "router r is listed 2 times",
        ),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, complaint: str) -> None:
    file = tmp_path / "config.yml"
    file.write_text(text)
    assert main(["--config", str(file), "--check"]) == 2
    assert complaint in capsys.readouterr().err


def test_a_missing_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", str(tmp_path / "none.yml")]) == 2
    assert "No such file" in capsys.readouterr().err


def test_what_the_role_writes_is_accepted(tmp_path: Path) -> None:
    file = tmp_path / "config.yml"
    file.write_text(yaml.safe_dump({"address": "", "known_hosts": [], "routers": metrics_targets(HOSTVARS, HOSTVARS)}))
    assert main(["--config", str(file), "--check"]) == 0


def test_a_wrong_type_deep_inside_is_an_error_and_no_crash() -> None:
    with pytest.raises(ConfigError, match="members is 3: expected a list"):
        settings({"routers": [{"name": "r", "platform": "frr", "address": "a", "members": 3}]})
