"""The story of Fairway, on a lab: `make demo`.

Boots the lab, plans, deploys, shows traffic; deploys again and changes nothing; stages a change that breaks OSPF on one
router and sees it taken back everywhere; kills a controller between stage and confirm and sees the routers heal
themselves. Then it observes: a backbone begins to lose packets, traffic moves off it, the backbone heals, traffic moves
back, and the incident is drawn. Every claim is checked; the command ends 0 only when all of them hold, and always takes
the lab down.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from functools import partial

from tools.demo_incident import incident, observe
from tools.demo_stage import INVENTORY, ROOT, Stage, edit, tell

# Linux names of the links inside the sites: what a router's own daemon calls them.
SITE_LINK = {"jkt-r1": "ge-0_0_1.100", "jkt-r2": "eth2.100", "sby-r1": "ge-0_0_1.0", "sby-r2": "eth2"}
ROUTERS = ("jkt-r1", "jkt-r2", "sby-r1", "sby-r2")
# The canary, then everybody else at once: what goes wrong goes wrong in a batch of three.
SERIAL = ("-e", '{"deploy_serial": [1, "100%"]}')
FAST = ("-e", '{"change_soak": 5, "change_deadline": 45}')


def boot(stage: Stage) -> None:
    with stage.scene("Boot the inventory as real routing daemons"):
        stage.boot("-i", str(INVENTORY))
        stage.lab("status")
        stage.expect(
            "full" not in stage.ask("jkt-r2", "vtysh", "-c", "show ip ospf neighbor").lower(), "nothing routes yet"
        )


def plan(stage: Stage) -> None:
    with stage.scene("Plan: what would a deploy change?"):
        stage.playbook("plan")
        for router in ROUTERS:
            diff = (stage.build / "plan" / f"{router}.diff").read_text(encoding="utf-8")
            stage.say(f"  build/demo/plan/{router}.diff: {len(diff.splitlines())} lines")
            stage.expect(bool(diff.strip()), f"{router} differs from Git")


def deploy(stage: Stage) -> None:
    with stage.scene("Deploy: the canary, then the rest; confirmed only when proven"):
        stage.playbook("deploy", *SERIAL, *FAST)
        rows = stage.report("deploy")
        stage.expect(all(rows[r]["result"] == "confirmed" for r in ROUTERS), "every router is confirmed")


def traffic(stage: Stage) -> None:
    with stage.scene("Traffic flows between the sites, and to both carriers"):
        stage.lab("wait")
        for target in ("sby-probe", "carrier-a", "carrier-b"):
            stage.lab("ping", "jkt-probe", target)
        stage.say(stage.ask("jkt-probe", "traceroute", "-n", "-q", "1", "-w", "1", "192.0.2.12"))
        stage.expect(
            "192.0.2.65" in stage.ask("jkt-probe", "traceroute", "-n", "-q", "1", "-w", "1", "192.0.2.12"),
            "the way between the sites is the north backbone",
        )


def deploy_again(stage: Stage) -> None:
    with stage.scene("Deploy again: nothing changes"):
        stage.playbook("deploy", *SERIAL, *FAST)
        rows = stage.report("deploy")
        stage.expect(all(rows[r]["result"] == "unchanged" for r in ROUTERS), "every router is unchanged")


def broken(stage: Stage) -> None:
    with stage.scene("A template edit that passes review, and breaks OSPF on one router"):
        # Everybody gets a harmless line, so that everybody has something to lose; sby-r2 loses a neighbour.
        inventory = stage.copy_of(INVENTORY, "inventory-broken")
        for router in ROUTERS:
            edit(inventory / "host_vars" / f"{router}.yml", 'description: "probe:', 'description: "new probe:')
        templates = stage.copy_of(ROOT / "templates" / "frr", "templates/frr").parent
        edit(
            templates / "frr" / "interfaces.j2",
            "{% if interface.ospf.passive %}",
            "{% if interface.ospf.passive or 'sby:' in (interface.description or '') %}",
        )
        bug = ("-e", f"render_templates={templates}")
        code = stage.playbook("deploy", *SERIAL, *FAST, *bug, inventory=inventory, check=False)
        rows = stage.report("deploy")
        stage.expect(code != 0, "the deploy ended with an error")
        stage.expect(rows["sby-r2"]["proven"] == "no", "the health check saw it on sby-r2")
        batch = [router for router in ROUTERS if router != "jkt-r1"]
        stage.expect(all(rows[r]["result"] == "reverted" for r in batch), "its whole batch was reverted")
        stage.say("\nThe canary was confirmed in a batch of its own, before. One command takes it back too:")
        stage.playbook("revert", "-e", f"change_id={stage.change_id('deploy')}")
        stage.playbook("drift")
        stage.expect(True, "every live router is what Git says")


def killed(stage: Stage) -> None:
    with stage.scene("A controller killed between stage and confirm: the routers heal themselves"):
        inventory = stage.copy_of(INVENTORY, "inventory-killed")
        for router in ROUTERS:
            edit(inventory / "host_vars" / f"{router}.yml", "cost: 10,", "cost: 77,")
        patient = '{"deploy_serial": ["100%"], "change_soak": 50, "change_deadline": 55}'
        short = '{"change_confirm_minutes": 1, "change_lock_wait": 1}'
        with stage.playbook_running("deploy", "-e", patient, "-e", short, inventory=inventory) as controller:
            for router in ROUTERS:
                stage.until(f"{router} runs the new cost", partial(has_cost, stage, router, 77), 60)
            controller.kill()
        stage.expect(True, "the new cost runs on all four routers; the controller is dead (kill -9)")
        began = time.monotonic()
        for router in ROUTERS:
            stage.until(f"{router} heals", partial(has_cost, stage, router, 10), 120)
            stage.say(f"  {router}: took the change back by itself, {time.monotonic() - began:.0f} s after the kill")
        stage.playbook("drift")
        stage.expect(True, "nobody helped, and every live router is what Git says")


def has_cost(stage: Stage, router: str, cost: int) -> bool:
    """Whether a router's link inside its site has this OSPF cost, as its own daemon tells."""
    told = json.loads(stage.ask(router, "vtysh", "-c", "show ip ospf interface json") or "{}")
    return bool(told.get("interfaces", {}).get(SITE_LINK[router], {}).get("cost") == cost)


SCENES = (boot, plan, deploy, traffic, deploy_again, broken, killed, observe, incident)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="make demo", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--name", default="demo", help="name of the lab to boot (default: %(default)s)")
    parser.add_argument("--keep", action="store_true", help="leave the lab running at the end")
    options = parser.parse_args()
    return tell(Stage(options.name, keep=options.keep), SCENES)


if __name__ == "__main__":
    sys.exit(main())
