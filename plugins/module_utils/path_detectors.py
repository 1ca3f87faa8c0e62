# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is watched on every path, and from which numbers on it is an alert: the probe plan and the role's settings, as
the rule templates need them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.loss_thresholds import Loss, Threshold, thresholds

ACTIONS = ("reroute", "notify", "none")
WATCHED = ("loss", "latency", "jitter", "rate_high", "rate_low")

DEFAULTS: dict[str, Any] = {
    "p0": 0.001,
    "burst": 1.5,
    "loss_counts": {},
    "loss_action": "reroute",
    "latency_expected": None,
    "latency_ratio": 1.5,
    "latency_margin": 0.01,
    "latency_action": "reroute",
    "jitter": 0.05,
    "jitter_action": "notify",
    "rate_high": None,
    "rate_high_action": "notify",
    "rate_low": None,
    "rate_low_action": "notify",
}
"""Settings of a path. Times in seconds, rates in Mbit/s; None: not watched (latency: learnt)."""

_BORDERS = {"rate_high": ("falling", "rising"), "rate_low": ("falling", "rising")}


class DetectorError(ValueError):
    """What is wrong with the settings, a line per mistake."""


def path_detectors(
    names: Iterable[str],
    plan: Iterable[Mapping[str, Any]],
    defaults: Mapping[str, Any],
    overrides: Mapping[str, Mapping[str, Any]],
    intervals: Mapping[str, float],
) -> list[dict[str, Any]]:
    """Every path of the inventory with its detectors, sorted by name.

    `names`: full names (`backbone/path`). `plan`: probes as the filter `probe_plan` gives them. `intervals`: seconds
    between two scrapes of each prober. Raises DetectorError that names every mistake.
    """
    known = sorted(names)
    wrong = _mistakes("prometheus_path_defaults", defaults)
    for name, told in sorted(overrides.items()):
        where = f"prometheus_paths['{name}']"
        if name not in known:
            wrong.append(f"{where}: there is no such path; there are {', '.join(known) or 'none'}")
        wrong += _mistakes(where, told)
    if wrong:
        raise DetectorError("\n".join(wrong))
    plan = list(plan)
    rates, links = _rates(plan), _links(plan)
    found = []
    for name in known:
        settings = {**DEFAULTS, **defaults, **overrides.get(name, {})}
        backbone, _slash, path = name.partition("/")
        loss = _loss(rates.get(name, {}), settings, intervals)
        found.append({**settings, "backbone": backbone, "path": path, "loss": loss, "links": links.get(name, [])})
    return found


def _rates(plan: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Path to prober to packets a second; the fastest, when a prober's probes differ."""
    found: dict[str, dict[str, float]] = {}
    for probe in plan:
        if probe["kind"] == "path":
            path = found.setdefault(f"{probe['backbone']}/{probe['path']}", {})
            prober = str(probe["prober"])
            path[prober] = max(path.get(prober, 0.0), 1 / float(probe["interval"]))
    return found


def _links(plan: Iterable[Mapping[str, Any]]) -> dict[str, list[list[str]]]:
    """Path to its links, each as the two addresses that its ends are measured by."""
    found: dict[str, list[list[str]]] = {}
    for probe in plan:
        if probe["kind"] == "path" and probe.get("source_address"):
            links = found.setdefault(f"{probe['backbone']}/{probe['path']}", [])
            link = sorted((str(probe["source_address"]), str(probe["target"])))
            if link not in links:
                links.append(link)
    return {name: sorted(links) for name, links in found.items()}


def _loss(
    rates: Mapping[str, float], settings: Mapping[str, Any], intervals: Mapping[str, float]
) -> list[dict[str, Any]]:
    """The loss detectors of a path by window: each with what it asks of every prober that can fill it."""
    clean = Loss(float(settings["p0"]), float(settings["burst"]))
    windows: dict[int, list[dict[str, Any]]] = {}
    for prober, rate in sorted(rates.items()):
        wanted = {one.window: one for one in thresholds(rate, intervals[prober], clean)}
        for window, counts in (settings["loss_counts"].get(prober) or {}).items():
            wanted[int(window)] = Threshold(int(window), int(counts["lost"]), int(counts["intervals"]))
        for one in wanted.values():
            windows.setdefault(one.window, []).append({"prober": prober, "lost": one.lost, "intervals": one.intervals})
    return [{"window": window, "probers": windows[window]} for window in sorted(windows)]


def _mistakes(where: str, told: Any) -> list[str]:
    if not isinstance(told, Mapping):
        return [f"{where}: {told!r} is no mapping of settings"]
    wrong = [
        f"{where}: unknown setting '{key}'; there are {', '.join(DEFAULTS)}" for key in told if key not in DEFAULTS
    ]
    for key, value in told.items():
        if key.endswith("_action") and value not in ACTIONS:
            wrong.append(f"{where}.{key} is {value!r}: expected {', '.join(ACTIONS)}")
        elif key in _BORDERS and value is not None:
            wrong += _border_mistakes(f"{where}.{key}", value)
        elif key == "loss_counts":
            wrong += _count_mistakes(f"{where}.{key}", value)
        elif key in _LIMITS and not (value is None and DEFAULTS[key] is None):
            low, high = _LIMITS[key]
            if not _is_number(value) or not low <= value <= high:
                wrong.append(f"{where}.{key} is {value!r}: expected a number from {low:g} to {high:g}")
    return wrong


_LIMITS: dict[str, tuple[float, float]] = {
    "p0": (1e-6, 0.2),
    "burst": (1, 100),
    "latency_expected": (1e-6, 10),
    "latency_ratio": (1, 100),
    "latency_margin": (0, 10),
    "jitter": (1e-6, 10),
}


def _border_mistakes(where: str, value: Any) -> list[str]:
    if not isinstance(value, Mapping) or set(value) != {"rising", "falling"}:
        return [f"{where} is {value!r}: expected rising and falling, in Mbit/s"]
    if not all(_is_number(one) and one >= 0 for one in value.values()):
        return [f"{where} is {value!r}: expected numbers of Mbit/s"]
    if value["falling"] > value["rising"]:
        return [f"{where}: falling is above rising; between the two nothing changes"]
    return []


def _count_mistakes(where: str, value: Any) -> list[str]:
    if not isinstance(value, Mapping) or not set(value) <= {"smokeping", "rpm"}:
        return [f"{where} is {value!r}: expected smokeping or rpm, and below it windows"]
    wrong = []
    for prober, windows in value.items():
        for window, counts in windows.items() if isinstance(windows, Mapping) else [(None, windows)]:
            if str(window) not in _WINDOW_NAMES:
                wrong.append(f"{where}.{prober}: no window '{window}'; there are {', '.join(_WINDOW_NAMES)}")
            elif not _is_counts(counts):
                wrong.append(f"{where}.{prober}.{window} is {counts!r}: expected whole numbers, lost and intervals")
    return wrong


_WINDOW_NAMES = ("2", "3", "5", "30", "120")


def _is_counts(counts: Any) -> bool:
    return (
        isinstance(counts, Mapping)
        and set(counts) == {"lost", "intervals"}
        and all(isinstance(one, int) and not isinstance(one, bool) and one >= 1 for one in counts.values())
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
