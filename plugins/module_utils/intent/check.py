# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All cross-checks of a fleet."""

from __future__ import annotations

from ansible_collections.fairway.backbone.plugins.module_utils.intent.check_addresses import check_fleet_addresses
from ansible_collections.fairway.backbone.plugins.module_utils.intent.check_bgp import check_fleet_bgp
from ansible_collections.fairway.backbone.plugins.module_utils.intent.check_interfaces import check_fleet_interfaces
from ansible_collections.fairway.backbone.plugins.module_utils.intent.check_ospf import check_fleet_ospf
from ansible_collections.fairway.backbone.plugins.module_utils.intent.check_policy import check_fleet_policies
from ansible_collections.fairway.backbone.plugins.module_utils.intent.check_steering import check_fleet_steering
from ansible_collections.fairway.backbone.plugins.module_utils.intent.errors import IntentError, sort_errors
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Fleet
from ansible_collections.fairway.backbone.plugins.module_utils.intent.probe_plan import path_probes, teller_of
from ansible_collections.fairway.backbone.plugins.module_utils.intent.rpm import check_rpm


def check_fleet(fleet: Fleet) -> list[IntentError]:
    """Everything that is wrong between the parts of the intent and between routers, sorted, errors before warnings."""
    teller = teller_of(fleet)
    return sort_errors(
        [
            *check_fleet_addresses(fleet),
            *check_fleet_interfaces(fleet),
            *check_fleet_ospf(fleet),
            *check_fleet_bgp(fleet),
            *check_fleet_policies(fleet),
            *check_fleet_steering(fleet),
            *(check_rpm(teller, list(path_probes(fleet, teller))) if teller else ()),
        ]
    )
