# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the router exporter is told: its configuration file, checked, with every mistake named at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.metrics import Sample, sample

PLATFORMS = {"junos": 830, "frr": 22}
"""Platforms, with the port of each when none is given."""


@dataclass(frozen=True)
class Member:
    """A place on one router that belongs to a steering path (`backbone` and `path`).

    `action` ospf_cost: `interface` is at `value` while steered. For other actions the marker on the router tells.
    """

    backbone: str
    path: str
    action: str
    interface: str = ""
    value: float | None = None

    @property
    def name(self) -> str:
        """The path's full name."""
        return f"{self.backbone}/{self.path}"


@dataclass(frozen=True)
class Target:
    """One router and how to reach it. The password is kept out of repr."""

    name: str
    platform: str
    address: str
    port: int
    user: str = ""
    password: str | None = field(default=None, repr=False)
    private_key_file: str | None = None
    vtysh: str = "vtysh"
    commits: str = "/var/lib/fairway/commits"
    members: tuple[Member, ...] = ()


@dataclass(frozen=True)
class Settings:
    """Times in seconds. `stale`: how long fast samples outlive the look they came from; slow ones live as much longer
    as their interval is longer. `known_hosts` empty: the user's and the system's own files."""

    address: str = ""
    port: int = 9580
    interval: float = 1.0
    slow_interval: float = 15.0
    connect_timeout: float = 5.0
    timeout: float = 5.0
    slow_timeout: float = 30.0
    stale: float = 10.0
    known_hosts: tuple[str, ...] = ()
    ssh_config: str = "~/.ssh/config"
    targets: tuple[Target, ...] = ()

    def stale_after(self, collector: str) -> float:
        """How long samples of a collector (fast or slow) are served after the look they came from."""
        return self.stale if collector == "fast" else self.stale * max(1.0, self.slow_interval / self.interval)


class ConfigError(ValueError):
    """What is wrong with a configuration, a line per mistake."""


def settings(told: Any) -> Settings:
    """Settings out of a configuration file's data. Raises ConfigError that names every mistake."""
    if not isinstance(told, Mapping):
        raise ConfigError("the configuration is no mapping of settings")
    wrong: list[str] = []
    targets = _targets(told.get("routers"), wrong)
    plain = _plain(Settings, told, "", wrong, skip=("targets",))
    wrong += [f"unknown setting '{key}'" for key in told if key != "routers" and key not in _names(Settings)]
    if wrong:
        raise ConfigError("\n".join(wrong))
    made = Settings(**plain, targets=targets)
    low = [f"{name} is {getattr(made, name):g}: more than 0 is expected" for name in _TIMES if getattr(made, name) <= 0]
    if low:
        raise ConfigError("\n".join(low))
    return made


_TIMES = ("interval", "slow_interval", "connect_timeout", "timeout", "slow_timeout", "stale")


def _names(kind: Any) -> set[str]:
    return {one.name for one in fields(kind)}


def _plain(
    kind: Any, told: Mapping[str, Any], where: str, wrong: list[str], skip: Iterable[str] = ()
) -> dict[str, Any]:
    """The values of a class's fields that are given, each as its field wants it."""
    found: dict[str, Any] = {}
    for one in fields(kind):
        value = told.get(one.name)
        if value is None or one.name in skip:
            continue
        try:
            found[one.name] = _CASTS[str(one.type)](value)
        except (TypeError, ValueError):
            wrong.append(f"{where}{one.name} is {value!r}: expected {_WORDS[str(one.type)]}")
    return found


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return str(value)


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError
    return float(value)


def _list(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple(_text(one) for one in value)


_CASTS: dict[str, Any] = {
    "str": _text,
    "str | None": _text,
    "int": lambda value: int(_number(value)),
    "float": _number,
    "float | None": _number,
    "tuple[str, ...]": _list,
}
_WORDS = {
    "str": "a text",
    "str | None": "a text",
    "int": "a number",
    "float": "a number",
    "float | None": "a number",
    "tuple[str, ...]": "a list of texts",
}


def _targets(told: Any, wrong: list[str]) -> tuple[Target, ...]:
    if not isinstance(told, list) or not all(isinstance(one, Mapping) for one in told):
        wrong.append("routers is no list of routers")
        return ()
    made = [_target(number, one, wrong) for number, one in enumerate(told)]
    names = [one.name for one in made if one]
    wrong += [
        f"router {name} is listed {names.count(name)} times" for name in sorted(set(names)) if names.count(name) > 1
    ]
    return tuple(one for one in made if one)


def _target(number: int, told: Mapping[str, Any], wrong: list[str]) -> Target | None:
    where = f"routers[{number}] ({told.get('name', 'without a name')}): "
    before = len(wrong)
    platform = told.get("platform")
    if platform not in PLATFORMS:
        wrong.append(f"{where}platform is {platform!r}: expected {' or '.join(PLATFORMS)}")
    wrong += [f"{where}{key} is missing" for key in ("name", "address") if not told.get(key)]
    wrong += [f"{where}unknown setting '{key}'" for key in told if key not in _names(Target)]
    members = []
    listed = told.get("members") or []
    if not isinstance(listed, list):
        wrong.append(f"{where}members is {listed!r}: expected a list")
        return None
    for one in listed:
        found = _plain(Member, one, f"{where}member: ", wrong) if isinstance(one, Mapping) else {}
        if {"backbone", "path", "action"} <= set(found):
            members.append(Member(**found))
        else:
            wrong.append(f"{where}a member needs backbone, path and action")
    plain = _plain(Target, told, where, wrong, skip=("members",))
    if len(wrong) > before:
        return None
    plain.setdefault("port", PLATFORMS[str(platform)])
    return Target(**plain, members=tuple(members))


def path_samples(target: Target) -> Iterable[Sample]:
    """Which interfaces of a router are members of which path."""
    for member in target.members:
        if member.interface:
            labels = {"backbone": member.backbone, "path": member.path, "interface": member.interface}
            yield sample("fairway_interface_path", 1, router=target.name, **labels)


def steered_by_cost(target: Target, costs: Mapping[str, float]) -> Iterable[Sample]:
    """For the paths that are steered by OSPF cost: whether a member of this router is at the steered value."""
    found: dict[tuple[str, str], bool] = {}
    for member in target.members:
        if member.action == "ospf_cost" and member.value is not None and member.interface in costs:
            key = (member.backbone, member.path)
            found[key] = found.get(key, False) or costs[member.interface] == member.value
    for (backbone, path), value in found.items():
        yield sample("fairway_steered", value, router=target.name, backbone=backbone, path=path)


def steered_by_marker(target: Target, markers: Iterable[str]) -> Iterable[Sample]:
    """For the paths that are steered otherwise: whether the router's configuration carries their marker."""
    marked = set(markers)
    for backbone, path, name in sorted(
        {(m.backbone, m.path, m.name) for m in target.members if m.action != "ospf_cost"}
    ):
        yield sample("fairway_steered", name in marked, router=target.name, backbone=backbone, path=path)
