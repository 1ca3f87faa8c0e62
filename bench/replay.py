"""Replays of probe counters through the alert rules, evaluated by `promtool test rules`.

`losses` makes what happens to each packet, `Source` the counters a prober would show, `evaluate` the rules' answer.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.fairway.backbone.plugins.module_utils.path_detectors import path_detectors
from bench.measure import ROOT, BenchError

ROLE = ROOT / "roles" / "prometheus"
BACKBONE = "bench"


@dataclass(frozen=True)
class Source:
    """One prober's counters for one path, at every scrape: packets sent and replies received until then."""

    path: str
    sent: Sequence[int]
    received: Sequence[int]
    name: str = "probe"


def clean(count: int, p0: float, burst: float, rng: random.Random) -> Iterator[bool]:
    """Whether each of `count` packets is lost: `p0` of them, in runs of `burst` on average (Gilbert-Elliott)."""
    lost = False
    start = p0 / (1 - p0) / burst
    for _number in range(count):
        lost = rng.random() < (1 - 1 / burst if lost else start)
        yield lost


def losses(count: int, onset: int, p1: float, p0: float, rng: random.Random) -> Iterator[bool]:
    """Whether each of `count` packets is lost: independent, `p0` of them before packet `onset` and `p1` from it on."""
    for number in range(count):
        yield rng.random() < (p1 if number >= onset else p0)


def counters(path: str, lost: Iterable[bool], per_scrape: int, name: str = "probe") -> Source:
    """A prober's counters when it is scraped after every `per_scrape` packets; the first scrape sees nothing sent."""
    received = [0, *accumulate(not one for one in lost)][::per_scrape]
    return Source(path, [per_scrape * index for index in range(len(received))], received, name)


def write_rules(directory: Path, paths: Sequence[str], rate: float, interval: float, **settings: Any) -> list[Path]:
    """The role's rules for made-up paths, each measured with `rate` packets a second and scraped every `interval` s.

    `settings`: as in prometheus_path_defaults.
    """
    names = [f"{BACKBONE}/{path}" for path in paths]
    plan = [
        {"kind": "path", "backbone": BACKBONE, "path": path, "prober": "smokeping", "interval": 1 / rate}
        for path in paths
    ]
    detectors = path_detectors(names, plan, settings, {}, {"smokeping": interval})
    told = {"prometheus__plan": plan, "prometheus__paths": detectors, "prometheus_probe_interval": interval}
    return [template(f"rules/{name}.yml", told, directory / f"{name}.yml") for name in ("probes", "latency", "traffic")]


def template(name: str, told: Mapping[str, Any], into: Path) -> Path:
    """Write one of the role's templates as the role does, with its defaults and what is told."""
    loader = DataLoader()
    variables: dict[str, Any] = {}
    for file in ("defaults", "vars"):
        variables |= loader.load_from_file(str(ROLE / file / "main.yml"), trusted_as_template=True)
    templar = Templar(loader=loader, variables={**variables, "ansible_managed": "replay", **told})
    text = trust_as_template((ROLE / "templates" / f"{name}.j2").read_text())
    into.parent.mkdir(parents=True, exist_ok=True)
    into.write_text(templar.template(text, overrides={"trim_blocks": True}) + "\n")
    return into


def needed_for(rules: Path, alert: str, into: Path) -> Path:
    """A file with only those rules that an alert depends on, in their order: a replay of hours needs no others."""
    found = [rule for group in yaml.safe_load(rules.read_text())["groups"] for rule in group["rules"]]
    wanted = {alert}
    for _round in found:
        told = " ".join(rule["expr"] for rule in found if _name(rule) in wanted)
        wanted |= set(re.findall(r"[a-z]+:[a-z0-9_:]+", told))
    kept = [rule for rule in found if _name(rule) in wanted]
    into.write_text(yaml.safe_dump({"groups": [{"name": "replay", "rules": kept}]}))
    return into


def _name(rule: Mapping[str, Any]) -> str:
    return str(rule.get("record") or rule["alert"])


def evaluate(
    directory: Path, rules: Sequence[Path], sources: Iterable[Source], interval: float, queries: Mapping[str, float]
) -> dict[str, dict[str, float]]:
    """What each query (PromQL, to the seconds at which it is asked) answers: labels to value.

    promtool can only compare; every answer is held against nothing, and read from what it complains of.
    """
    step = f"{round(1000 * interval)}ms"
    document = {
        "rule_files": [str(path) for path in rules],
        "evaluation_interval": step,
        "tests": [
            {
                "interval": step,
                "input_series": [one for source in sources for one in _series(source)],
                "promql_expr_test": [
                    {"expr": query, "eval_time": f"{round(1000 * at)}ms", "exp_samples": []}
                    for query, at in queries.items()
                ],
            }
        ],
    }
    file = directory / "replay.json"
    file.write_text(json.dumps(document))
    done = subprocess.run(["promtool", "test", "rules", str(file)], capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    answers: dict[str, dict[str, float]] = {query: {} for query in queries}
    for query, got in re.findall(r'expr: (".*"), time: .*\n +exp: nil\n +got: (.*)', said):
        answers[json.loads(query)] = {
            labels: float(value) for labels, value in re.findall(r"(\{.*?\}) ([-+\dEe.]+|\+?Inf|NaN)(?:, |$)", got)
        }
    if (done.returncode and "FAILED" not in said) or ", err: " in said or "error" in said.lower():
        raise BenchError(f"promtool could not evaluate the rules:\n{said[-4000:]}")
    return answers


def _series(source: Source) -> Iterator[dict[str, str]]:
    labels = {
        "kind": "path",
        "backbone": BACKBONE,
        "path": source.path,
        "source": source.name,
        "peer": "far",
        "target": "192.0.2.1",
        "prober": "smokeping",
    }
    told = ",".join(f'{label}="{value}"' for label, value in labels.items())
    for metric, values in (
        ("smokeping_requests_total", source.sent),
        ("smokeping_response_duration_seconds_count", source.received),
    ):
        yield {"series": f"{metric}{{{told}}}", "values": " ".join(map(str, values))}


def dense(source: Source, counts: Mapping[int, int], interval: float, lead: float = 135.0) -> list[Source]:
    """The stretches of a source in which any window (seconds) holds as many lost packets as `counts` says.

    Outside them no loss detector can be on. Each stretch begins `lead` seconds before, so that the longest window is
    full, and is a source of its own.
    """
    gone = [sent - received for sent, received in zip(source.sent, source.received, strict=True)]
    found: list[Source] = []
    until = 0
    for at in range(len(gone)):
        reached = any(
            at >= round(window / interval) and gone[at] - gone[at - round(window / interval)] >= count
            for window, count in counts.items()
        )
        if reached and at >= until:
            first, until = max(0, at - round(lead / interval)), at + round(30 / interval)
            sent = [one - source.sent[first] for one in source.sent[first:until]]
            received = [one - source.received[first] for one in source.received[first:until]]
            found.append(Source(source.path, sent, received, f"{source.name}-{at}"))
    return found
