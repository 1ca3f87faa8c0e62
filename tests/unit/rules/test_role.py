"""The role's configuration in the real programs: good rules are evaluated, a bad file changes nothing."""

from __future__ import annotations

import http
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.fairway.backbone.plugins.module_utils.path_detectors import path_detectors
from bench.measure import ROOT
from bench.replay import template

PLAN = [
    {
        "kind": "path",
        "backbone": "jkt-sby",
        "path": "north",
        "source": "sby-r2",
        "peer": "jkt-r2",
        "target": "192.0.2.66",
        "prober": "smokeping",
        "interval": 0.1,
    }
]


def told(directory: Path, port: int = 9090) -> dict[str, Any]:
    """Variables of the role on loopback, for one path."""
    return {
        "prometheus__plan": PLAN,
        "prometheus__paths": path_detectors(["jkt-sby/north"], PLAN, {}, {}, {"smokeping": 0.5}),
        "prometheus_address": "127.0.0.1",
        "prometheus_port": port,
        "prometheus_exporters": ["127.0.0.1:9"],
        "prometheus_etc": str(directory / "etc"),
        "prometheus_state": str(directory / "state"),
        "prometheus_scope": "user",
        "prometheus_install": False,
        "prometheus_hook_url": "http://127.0.0.1:9/",
    }


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[str]:
    """HOST:PORT of a Prometheus that runs with the rendered configuration; nothing that it scrapes is there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {**told(tmp_path, port), "hostvars": {"sby-r2": {"ansible_host": "127.0.0.1"}}}
    for name in ("rules/probes.yml", "rules/latency.yml", "rules/traffic.yml", "prometheus.yml"):
        template(name, variables, tmp_path / "etc" / name)
    command = ["prometheus", f"--config.file={tmp_path}/etc/prometheus.yml", f"--storage.tsdb.path={tmp_path}/tsdb"]
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(
            [*command, f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=subprocess.STDOUT
        ) as process,
    ):
        yield f"127.0.0.1:{port}"
        process.terminate()


def health(where: str) -> dict[str, str]:
    """Every rule of a Prometheus, and whether its newest evaluation went well; empty while it starts."""
    asked = http.client.HTTPConnection(where, timeout=5)
    try:
        asked.request("GET", "/api/v1/rules")
        reply = asked.getresponse()
        if reply.status != http.HTTPStatus.OK:
            return {}
        groups = json.load(reply)["data"]["groups"]
    except OSError:
        return {}
    finally:
        asked.close()
    return {rule["name"]: rule["health"] for group in groups for rule in group["rules"]}


def test_prometheus_evaluates_every_rule_without_an_error(prometheus: str) -> None:
    # The slowest group is looked at every 30 s.
    deadline = time.monotonic() + 90
    found: dict[str, str] = {}
    while time.monotonic() < deadline and (not found or set(found.values()) != {"ok"}):
        time.sleep(0.5)
        found = health(prometheus)
    assert {name: state for name, state in found.items() if state != "ok"} == {}
    assert {"PathLoss", "path:sick:bool", "path:traffic_mbit", "path:latency_seconds:usual"} <= set(found)


def play(directory: Path, **changes: Any) -> subprocess.CompletedProcess[str]:
    """Let the role write its configuration on this machine."""
    playbook = directory / "play.yml"
    role = {"name": "fairway.backbone.prometheus", "tasks_from": "config.yml"}
    tasks = [{"name": "Write the configuration", "ansible.builtin.include_role": role}]
    playbook.write_text(yaml.safe_dump([{"name": "Try", "hosts": "all", "gather_facts": False, "tasks": tasks}]))
    variables = {**told(directory), "ansible_python_interpreter": sys.executable, **changes}
    (directory / "told.json").write_text(json.dumps(variables))
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "sby-r2,", "-c", "local"]
    return subprocess.run(
        [*command, str(playbook), "--diff", "-e", f"@{directory / 'told.json'}"],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")},
        capture_output=True,
        text=True,
        check=False,
    )


HUSH = "xylophone"
SECRET: dict[str, Any] = {
    "prometheus_receivers": [{"name": "team", "webhook_configs": [{"url": f"http://127.0.0.1:9/{HUSH}"}]}],
    "prometheus_scrape_jobs": [{"job_name": "theirs", "basic_auth": {"username": "me", "password": HUSH}}],
    "prometheus_web_users": {HUSH: "$2y$05$EVGd9RYwGmMR9Nr7vdxK8.9QWr4R4mLL7MJS3b1hmJkVi4UsgY3Ue"},
}


@pytest.mark.timeout(600)
def test_a_bad_configuration_changes_nothing(tmp_path: Path) -> None:
    """One mistake in what people add to Prometheus' or Alertmanager's configuration: no file is replaced."""

    def files() -> dict[str, str]:
        kept = [path for path in (tmp_path / "etc").rglob("*.yml") if "next" not in path.parts]
        return {str(path): path.read_text() for path in kept}

    done = play(tmp_path, **SECRET)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "+groups:" in done.stdout, "the difference of the rules is shown"
    assert HUSH not in done.stdout + done.stderr
    before = files()
    assert len(before) == 6
    assert sum(HUSH in text for text in before.values()) == 3
    for wrong in (
        {"prometheus_retention": "1d", "prometheus_scrape_jobs": [{"job_name": "x", "no_such_key": 1}]},
        {"prometheus_quiet": 99, "prometheus_routes": [{"receiver": "no-such-receiver"}]},
    ):
        done = play(tmp_path, **wrong)
        assert done.returncode != 0, done.stdout
        assert files() == before
