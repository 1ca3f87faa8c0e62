"""An incident collected from a real Prometheus, whose samples were written beforehand."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import timeline_collect
from tools.timeline_model import Incident, IncidentError, from_data

from .incidents import PATH, STORY, T, incident

DEADLINE_S = 60.0


def labels(group: str, name: str) -> str:
    """The series that a line of the picture comes from."""
    if group == "site_loss":
        source, _to, peer = name.split()
        return f'site:loss:ratio5s{{source="{source}",peer="{peer}"}}'
    if group == "path_loss":
        backbone, path = name.split("/")
        return f'path:loss:ratio5s{{backbone="{backbone}",path="{path}"}}'
    router, interface = name.split()
    return f'fairway_ospf_cost{{router="{router}",interface="{interface}"}}'


def openmetrics(told: Incident) -> str:
    """What Prometheus would have stored of an incident; some interfaces are no members of a path."""
    lines = ["# TYPE fairway_ospf_cost gauge"]
    for group, series in told.series.items():
        for one in series:
            lines += [
                f"{labels(group, one.name)} {value} {when:.3f}" for when, value in one.points if value is not None
            ]
            router, _space, interface = one.name.partition(" ")
            if group == "cost":
                where = f'router="{router}",interface="{interface}",backbone="b",path="p"'
                lines += [f"fairway_interface_path{{{where}}} 1 {when:.3f}" for when, _value in one.points]
    lines += [f'fairway_ospf_cost{{router="jkt-r1",interface="lo0.0"}} 0 {T:.3f}']
    alert = 'alertname="PathLoss",alertstate="firing",action="reroute",backbone="jkt-sby",path="north"'
    lines += [f"ALERTS{{{alert}}} 1 {T + at:.3f}" for at in range(3, 66)]
    return "\n".join([*sorted(lines, key=lambda line: line.partition("{")[0]), "# EOF", ""])


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    directory = tmp_path_factory.mktemp("prometheus")
    (directory / "samples.txt").write_text(openmetrics(incident()))
    (directory / "prometheus.yml").write_text("global: {}\n")
    blocks = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "samples.txt", "data"]
    subprocess.run(blocks, cwd=directory, check=True, capture_output=True, timeout=DEADLINE_S)
    log = directory / "log"
    command = ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data"]
    command += ["--storage.tsdb.retention.time=100y", "--web.listen-address=127.0.0.1:0"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=directory, stdout=out, stderr=out)
    try:
        yield address(log)
    finally:
        process.kill()
        process.wait()


def address(log: Path) -> str:
    """Where Prometheus listens: it says so in its log, and when it is ready."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        told = log.read_text()
        found = re.search(r'"Listening on" address=(\S+)', told)
        if found and "ready to receive web requests" in told:
            return f"http://{found[1]}"
        time.sleep(0.05)
    pytest.fail(f"Prometheus does not start: {log.read_text()}")


def marks_file(directory: Path) -> Path:
    file = directory / "marks.jsonl"
    kinds = ("onset", "healed", "users_healthy")
    lines = [json.dumps({"time": T + STORY[kind], "kind": kind, "text": "seen"}) for kind in kinds]
    lines.append(json.dumps({"series": "user_loss", "name": "jkt to sby", "points": [[T, 0.5]]}))
    file.write_text("\n".join(lines))
    return file


def test_an_incident_is_collected_from_prometheus_and_marks(prometheus: str, tmp_path: Path) -> None:
    out = tmp_path / "incident.json"
    arguments = ["--path", PATH, "--start", str(T - 20), "--end", str(T + 149.5), "--prometheus", prometheus]
    arguments += ["--marks", str(marks_file(tmp_path)), "--title", "a title", "--output", str(out)]
    assert timeline_collect.main(arguments) == 0
    found = from_data(json.loads(out.read_text()))
    told = incident()
    assert [(one.kind, round(one.time - T, 3)) for one in found.events] == [
        ("onset", 0.0),
        ("first_bad_sample", 0.0),
        ("alert_firing", 3.0),
        ("users_healthy", 7.3),
        ("healed", 62.0),
        ("alert_resolved", 65.0),
    ]
    north, south = found.series["path_loss"]
    assert north == told.series["path_loss"][0], "the very samples, at their own times"
    assert south.points[0] == (T, 0.0)
    assert [one.name for one in found.series["cost"]] == ["jkt-r1 ge-0/0/0.0", "jkt-r2 eth1", "sby-r1 ge-0/0/0.0"]
    assert found.series["site_loss"] == told.series["site_loss"]
    assert found.series["user_loss"][0].points == ((T, 0.5),)
    assert found.title == "a title"


def test_an_hour_in_which_nothing_happened_is_no_incident(prometheus: str) -> None:
    with pytest.raises(IncidentError, match="anything happened to jkt-sby/south"):
        timeline_collect.collect("jkt-sby/south", T - 20, T + 100, prometheus, [], [])


def test_a_prometheus_that_does_not_answer_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--path", PATH, "--start", "0", "--end", "1", "--prometheus", "http://127.0.0.1:1"]
    assert timeline_collect.main([*arguments, "--output", str(tmp_path / "incident.json")]) == 1
    assert "http://127.0.0.1:1" in capsys.readouterr().err
