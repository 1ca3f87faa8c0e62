"""Every rule of the role `prometheus`, as it renders them, held against `promtool test rules`."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.fairway.backbone.plugins.module_utils.path_detectors import path_detectors
from bench.replay import template

CASES = sorted(Path(__file__).parent.glob("*.yml"))
RULES = ("probes", "latency", "traffic")
# Prometheus evaluates groups side by side; promtool in any order, unless it is told one.
ORDER = ["fairway-paths", "fairway-windows", "fairway-latency", "fairway-usual", "fairway-traffic"]


def probe(path: str, prober: str, interval: float) -> dict[str, Any]:
    """One line of a probe plan."""
    return {"kind": "path", "backbone": "jkt-sby", "path": path, "prober": prober, "interval": interval}


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The rules of three paths: one with all settings, one that is left to the defaults, one that only RPM measures."""
    plan = [
        probe("north", "smokeping", 0.1),
        probe("north", "rpm", 1),
        probe("south", "smokeping", 0.1),
        probe("rpm", "rpm", 1),
    ]
    north = {
        "latency_expected": 0.02,
        "rate_high": {"rising": 800, "falling": 600},
        "rate_high_action": "reroute",
        "rate_low": {"falling": 100, "rising": 200},
    }
    paths = path_detectors(
        ["jkt-sby/north", "jkt-sby/south", "jkt-sby/rpm"],
        plan,
        {},
        {"jkt-sby/north": north},
        {"smokeping": 0.5, "rpm": 2},
    )
    told = {"prometheus__paths": paths, "prometheus__plan": plan, "prometheus_probe_interval": 0.5}
    directory = tmp_path_factory.mktemp("rules")
    return [template(f"rules/{name}.yml", told, directory / f"{name}.yml") for name in RULES]


def names(rules: list[Path]) -> set[str]:
    """Of every recording rule and every alert."""
    groups = [group for path in rules for group in yaml.safe_load(path.read_text())["groups"]]
    return {rule.get("record") or rule["alert"] for group in groups for rule in group["rules"]}


def promtool(*arguments: object) -> str:
    """What promtool complains of; empty when it finds nothing."""
    done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr) if done.returncode else ""


def test_promtool_finds_nothing_wrong_with_the_rules(rules: list[Path]) -> None:
    assert promtool("check", "rules", "--lint-fatal", *rules) == ""


@pytest.mark.parametrize("case", CASES, ids=[case.stem for case in CASES])
def test_rules_answer_as_their_cases_say(case: Path, rules: list[Path], tmp_path: Path) -> None:
    document = yaml.safe_load(case.read_text())
    told = {"rule_files": list(map(str, rules)), "group_eval_order": ORDER}
    for number, test in enumerate(document["tests"]):
        file = tmp_path / f"{number}.yml"
        file.write_text(yaml.safe_dump({**document, **told, "tests": [test]}))
        assert promtool("test", "rules", file) == "", test["name"]


def test_every_rule_has_a_case_that_expects_something_of_it(rules: list[Path]) -> None:
    tried: set[str] = set()
    for case in CASES:
        for test in yaml.safe_load(case.read_text())["tests"]:
            for one in test.get("promql_expr_test", ()):
                if one["exp_samples"]:
                    tried |= set(re.findall(r"[a-z]+:[a-z0-9_:]+", one["expr"]))
            tried |= {one["alertname"] for one in test.get("alert_rule_test", ()) if one["exp_alerts"]}
    assert names(rules) - tried == set()


def link_probe(number: int, end: int) -> dict[str, Any]:
    """One end of one of two links between the same routers."""
    near, far = (f"192.0.2.{number * 2 + side}" for side in (end, 1 - end))
    ends = {"source": f"r{end}", "peer": f"r{1 - end}", "source_address": near, "target": far}
    return {**probe("pair", "smokeping", 0.1), **ends}


def test_a_path_of_two_links_is_measured_when_both_are_or_when_one_is_sick(tmp_path: Path) -> None:
    """A link that nobody measures any more is not healthy because the other one is."""
    plan = [link_probe(number, end) for number in (0, 1) for end in (0, 1)]
    paths = path_detectors(["jkt-sby/pair"], plan, {}, {}, {"smokeping": 0.5})
    told = {"prometheus__paths": paths, "prometheus__plan": plan, "prometheus_probe_interval": 0.5}
    rules = [template(f"rules/{name}.yml", told, tmp_path / f"{name}.yml") for name in RULES]
    assert promtool("check", "rules", "--lint-fatal", *rules) == ""
    # The first link is measured from one end only, and loses packets from 90 s to 130 s; the second is blind from 60 s.
    sent = {plan[0]["target"]: "0+5x380", plan[2]["target"]: "0+5x120 stale", plan[3]["target"]: "0+5x120 stale"}
    received = {**sent, plan[0]["target"]: "0+5x180 903+3x79 1145+5x119"}
    series = []
    for one in (plan[0], plan[2], plan[3]):
        labels = ",".join(f'{key}="{one[key]}"' for key in ("kind", "backbone", "path", "source", "target", "prober"))
        for name, values in (("requests_total", sent), ("response_duration_seconds_count", received)):
            series.append({"series": f"smokeping_{name}{{{labels}}}", "values": values[one["target"]]})
    expected = [(50, 1, 0), (80, 0, None), (110, 1, 1), (185, 0, None)]
    checks = [
        {
            "expr": f"sum(path:{what}:bool)",
            "eval_time": f"{at}s",
            "exp_samples": [] if value is None else [{"labels": "{}", "value": value}],
        }
        for at, fresh, sick in expected
        for what, value in (("fresh", fresh), ("sick", sick))
    ]
    case = {"interval": "500ms", "input_series": series, "promql_expr_test": checks}
    file = tmp_path / "pair.yml"
    head = {"rule_files": list(map(str, rules)), "group_eval_order": ORDER, "evaluation_interval": "500ms"}
    file.write_text(yaml.safe_dump({**head, "tests": [case]}))
    assert promtool("test", "rules", file) == ""


def test_a_case_that_does_not_hold_fails(rules: list[Path], tmp_path: Path) -> None:
    """The harness itself: an expectation that is wrong is complained of."""
    case = {
        "rule_files": list(map(str, rules)),
        "evaluation_interval": "500ms",
        "tests": [{"promql_expr_test": [{"expr": "path:fresh:bool", "eval_time": "10s", "exp_samples": []}]}],
    }
    file = tmp_path / "wrong.yml"
    file.write_text(yaml.safe_dump(case))
    assert "path:fresh:bool" in promtool("test", "rules", file)
