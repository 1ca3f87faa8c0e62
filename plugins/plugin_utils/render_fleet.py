# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Intents in, configurations out, for a whole fleet: shapes, cross-checks, views, templates; every fault is collected.

Works without Ansible:

    fleet = render_fleet({"jkt-r1": {"ansible_network_os": "junos", "router": {...}, ...}, ...})
    if fleet.ok:
        print(fleet.configs["jkt-r1"].text)
    else:
        print(fleet.report())
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.intent.check import check_fleet
from ansible_collections.fairway.backbone.plugins.module_utils.intent.errors import (
    IntentError,
    name_list,
    report,
    sort_errors,
)
from ansible_collections.fairway.backbone.plugins.module_utils.intent.expect import expectations
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Fleet, Intent, Router, build_fleet
from ansible_collections.fairway.backbone.plugins.module_utils.intent.rpm import rpm_views
from ansible_collections.fairway.backbone.plugins.module_utils.intent.steer import overlay
from ansible_collections.fairway.backbone.plugins.module_utils.intent.view import View
from ansible_collections.fairway.backbone.plugins.module_utils.intent.view_frr import frr_view
from ansible_collections.fairway.backbone.plugins.module_utils.intent.view_junos import junos_view
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import LiveRouter
from ansible_collections.fairway.backbone.plugins.plugin_utils.intent_inventory import Inventory
from ansible_collections.fairway.backbone.plugins.plugin_utils.intent_schema import check_shape, normal
from ansible_collections.fairway.backbone.plugins.plugin_utils.render import Origin, Renderer, TemplateFault


@dataclass(frozen=True, slots=True)
class Config:
    """One router's rendering: its text, the template line of each line, and what health should find afterwards."""

    text: str
    origins: list[Origin]
    expect: dict[str, Any]


@dataclass(slots=True)
class FleetConfigs:
    """What became of a fleet. `configs` is empty when the intent has an error, and lacks routers with a fault."""

    configs: dict[str, Config] = field(default_factory=dict)
    errors: list[IntentError] = field(default_factory=list)
    faults: dict[TemplateFault, list[str]] = field(default_factory=dict)
    """Template faults and the routers that have them."""

    @property
    def ok(self) -> bool:
        """No error and no fault; warnings are allowed."""
        return not self.faults and all(error.severity != "error" for error in self.errors)

    def report(self) -> str:
        """Everything that is wrong, as text for people; the empty string when nothing is."""
        parts = [report(self.errors)] if self.errors else []
        parts += [f"{name_list(routers)}: {fault}" for fault, routers in self.faults.items()]
        return "\n".join(parts)


def explain_readings(fleet: FleetConfigs, inventory: Inventory) -> FleetConfigs:
    """Add what could not be read from the inventory, and the file and line of everything; nothing is rendered then."""
    unread = {(error.router, error.key[0]) for error in inventory.errors}
    # A value that Ansible could not template is missing in the intent: its own error says why, a second one confuses.
    told = [error for error in fleet.errors if (error.router, error.key[0]) not in unread]
    fleet.errors = sort_errors(inventory.files.locate([*inventory.errors, *inventory.hints, *told]))
    if inventory.errors:
        fleet.configs = {}
    return fleet


def validate_fleet(
    intents: Mapping[str, Intent], others: Mapping[str, Intent] | None = None, hosts: Iterable[str] = ()
) -> tuple[Fleet, list[IntentError]]:
    """The fleet's model and everything that is wrong with it, errors and warnings, sorted.

    `intents` are the routers' (top-level keys of schemas/ and ansible_network_os), `others` hosts beside the fleet that
    links lead to (only their interfaces are read), `hosts` all names of the inventory.
    """
    plain = {name: normal(intent) for name, intent in intents.items()}
    errors = [error for name, intent in plain.items() for error in check_shape(name, intent)]
    broken = {error.router for error in errors}
    sound = {name: intent for name, intent in plain.items() if name not in broken}
    fleet = build_fleet(sound, _beside(others or {}), [*hosts, *plain])
    fleet.complete = not broken
    errors += check_fleet(fleet)
    return fleet, sort_errors(errors)


def _beside(others: Mapping[str, Intent]) -> dict[str, Intent]:
    """Hosts beside the fleet, those whose interfaces have the right shape: nobody promised that they are ours."""
    plain = {name: normal(intent) for name, intent in others.items()}
    found = {}
    for name, intent in plain.items():
        interfaces = {"ansible_network_os": "frr", "router": {}, "interfaces": intent.get("interfaces", {})}
        if not any(error.key[0] == "interfaces" for error in check_shape(name, interfaces)):
            found[name] = intent
    return found


def router_view(router: Router, rpm: View | None = None) -> View:
    """The data of one router as its platform's templates want it; `rpm` as `rpm_views` has it for the router."""
    return junos_view(router, rpm) if router.platform == "junos" else frr_view(router)


def render_fleet(
    intents: Mapping[str, Intent],
    *,
    others: Mapping[str, Intent] | None = None,
    hosts: Iterable[str] = (),
    only: Iterable[str] | None = None,
    renderer: Renderer | None = None,
    live: Iterable[LiveRouter] = (),
) -> FleetConfigs:
    """Validate all routers together and render them, or those of `only`, with the steering that is live on them.

    Nothing is rendered when the intent has an error. Template faults do not stop the other routers. Keeps all texts in
    memory; `render_each` does not.
    """
    fleet, errors = validate_fleet(intents, others, hosts)
    result = FleetConfigs(errors=errors)
    if not result.ok:
        return result
    fleet, warnings = overlay(fleet, live)
    result.errors = sort_errors([*errors, *warnings])
    for name, outcome in render_each(fleet, only, renderer):
        if isinstance(outcome, Config):
            result.configs[name] = outcome
        else:
            for fault in outcome:
                result.faults.setdefault(fault, []).append(name)
    return result


def render_each(
    fleet: Fleet, only: Iterable[str] | None = None, renderer: Renderer | None = None
) -> Iterator[tuple[str, Config | list[TemplateFault]]]:
    """Render the routers of a checked fleet one by one: the configuration, or the faults of its templates."""
    renderer = renderer or Renderer()
    probes = rpm_views(fleet)
    for name in sorted(fleet.routers if only is None else set(only) & set(fleet.routers)):
        router = fleet.routers[name]
        rendered, faults = renderer.render(router.platform, router_view(router, probes.get(name)))
        if faults:
            yield name, faults
        else:
            yield name, Config(rendered.text, rendered.origins, expectations(fleet, router))
