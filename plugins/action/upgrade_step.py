# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from ansible.utils.display import Display

from ansible_collections.fairway.backbone.plugins.module_utils import upgrade
from ansible_collections.fairway.backbone.plugins.module_utils.software_specs import STEP
from ansible_collections.fairway.backbone.plugins.module_utils.upgrade_record import Holder, Record
from ansible_collections.fairway.backbone.plugins.plugin_utils import upgrade_run
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import Router, RouterFault
from ansible_collections.fairway.backbone.plugins.plugin_utils.software_watch import Watch
from ansible_collections.fairway.backbone.plugins.plugin_utils.steering_task import SteeringAction


class ActionModule(SteeringAction):
    """upgrade_step: asks the router, and says which step of its upgrade is next. Keeps the record on the router."""

    SPEC = STEP

    def act(self, router: Router, args: dict[str, Any]) -> dict[str, Any]:
        wish = upgrade.Wish(args["version"], args["want"], args["validate"])
        me = upgrade_run.myself(args["run"], args["by"])
        watch = Watch(router.name, args["wait"], args["interval"], Display().display)
        facts = upgrade_run.awaited_facts(router, self.intent(router.name), args, watch)
        upgrade_run.refuse_contested(router.name, facts.record, me, args)
        if not self.check_mode:
            facts = self._keep(router, args, wish, facts, me)
        told = upgrade.next_step(facts, wish, args["done"])
        if args["action"] == "decide":
            Display().display(f"{router.name}: {told.step}: {told.why}")
        return {
            "changed": False,
            **told.as_dict(),
            "facts": {name: value for name, value in asdict(facts).items() if name != "record"},
            "was": facts.record.was if facts.record else facts.version,
            "drained_before": bool(facts.record and facts.record.drained_before),
            "snapshot": dict(facts.record.snapshot) if facts.record else {},
            "situation": upgrade.situation(router.name, facts),
            "advice": upgrade.advice(router.name, facts, wish, told.step),
        }

    def _keep(
        self, router: Router, args: dict[str, Any], wish: upgrade.Wish, facts: upgrade.Facts, me: Holder
    ) -> upgrade.Facts:
        """What the record becomes; the facts with it."""
        action, record = args["action"], facts.record
        if action == "release":
            if record is not None and record.holder.run == me.run:
                upgrade_run.write_record(router, replace(record, holder=Holder()))
            return facts
        if action == "forget":
            upgrade_run.write_record(router, None)
            return replace(facts, record=None)
        if action != "record":
            return upgrade_run.claim(router, facts, me)
        told = upgrade.next_step(facts, wish, args["done"])
        if told.fresh or record is None:
            record = Record(wish.want, told.goal, facts.version, me.at, facts.drained, me, args["snapshot"] or {})
        else:
            record = replace(upgrade.renewed(record, wish, told.goal), holder=me)
        upgrade_run.write_record(router, record)
        return replace(facts, record=record)

    def on_fault(self, fault: RouterFault, args: dict[str, Any], host: str) -> dict[str, Any]:
        """The router's state is unknown: say so, and what can be done."""
        wish = upgrade.Wish(args["version"], args["want"])
        known = fault.kind in ("contested", "input")
        return {
            **super().on_fault(fault, args, host),
            "situation": "" if known else upgrade.situation(host, None),
            "advice": "" if known else upgrade.advice(host, None, wish, ""),
        }
