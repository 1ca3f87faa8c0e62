"""A router is upgraded under traffic, with a person at every gate: `make demo-upgrade`.

Boots the lab and deploys. Numbered packets go between the sites and to both carriers, and every one is counted, while
the runbook drains jkt-r1, installs, reboots it and takes it back. The operator sits at a real terminal and says
'continue' where he is asked. The story ends 0 only when not one packet was lost, and always takes the lab down.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools import demo
from tools.demo_stage import INVENTORY, ROOT, DemoError, Stage, tell, typed
from tools.terminal import Terminal
from tools.transcript import Rules

ROUTER, PROMPT = "jkt-r1", "then Enter:"
PAIRS = ("jkt-probe", "sby-probe", "jkt-probe", "carrier-a", "jkt-probe", "carrier-b")
VERSION = "24.4R2.7"
RATE = 50
GATES = 8


@contextmanager
def counted(stage: Stage) -> Iterator[dict[str, Any]]:
    """Traffic while the body runs; what became of every packet is in the dictionary after it."""
    command = stage.lab_command("traffic", *PAIRS, "--rate", str(RATE), "--json")
    found: dict[str, Any] = {}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        process.stderr.readline()  # every end sends from now on
        try:
            yield found
        finally:
            process.send_signal(signal.SIGINT)
            told, _errors = process.communicate(timeout=60)
    found.update(json.loads(told))


def upgraded(stage: Stage, transcript: Path) -> None:
    """The runbook at a terminal, answered 'C' at every gate, shown as the person sees it."""
    words = ("-e", f"target={ROUTER}")
    stage.say(f"$ {typed('upgrade', *words)}")
    command = stage.playbook_command("upgrade", INVENTORY, *words)
    with Terminal(command, cwd=ROOT, env=stage.environment(), timeout_s=180) as screen:
        seen = 0
        for _gate in range(GATES):
            try:
                screen.until(PROMPT)
            except TimeoutError:
                break
            seen = show(stage, screen.text(), seen)
            if "NOT all is as it should be" in screen.text():
                raise DemoError("a gate says that not all is as it should be")
            screen.answer("C")
        status = screen.finish()
        show(stage, screen.text(), seen)
        told = Rules(squeeze=[r"^\S+: quiet for", r"it does not answer", r"^\S+: installing,"]).apply(screen.text())
        transcript.write_text(f"$ {typed('upgrade', *words)}\n\n{told}", encoding="utf-8")
    if status:
        raise DemoError(f"playbooks/upgrade.yml ended with {status}")


def show(stage: Stage, text: str, seen: int) -> int:
    """Says what is new on the screen; returns how much is known now."""
    stage.say(text[seen:].rstrip())
    return len(text.rstrip())


def version(stage: Stage) -> str:
    """What the router says that it runs."""
    told = stage.ask("ctl", "ansible", "-i", str(INVENTORY), ROUTER, "-m", "fairway.backbone.router_state",
                     "-a", "gather=system")  # fmt: skip
    return next((line.split(":", 1)[1].strip() for line in told.splitlines() if "version:" in line), told[-200:])


def fetched(stage: Stage) -> None:
    with stage.scene("The package, as the vendor would give it; its checksum is in the inventory"):
        packages = stage.build / "packages"
        packages.mkdir(parents=True, exist_ok=True)
        stage.run([stage.python, "-m", "lab.junos", "package", "--version", VERSION, str(packages)])


def upgrade(stage: Stage) -> None:
    with stage.scene(f"Upgrade {ROUTER}: check, drain, install, reboot, verify, undrain; under traffic"):
        stage.say(f"  {ROUTER} runs {version(stage)}")
        with counted(stage) as traffic:
            upgraded(stage, stage.build / "upgrade.txt")
        stage.say(f"  {ROUTER} runs {version(stage)}")
        for way in traffic["directions"]:
            counts = f"{way['sent']:>7} packets sent, {way['lost']} lost"
            stage.say(f"  {way['source']:>9} to {way['target']:<9} IPv{way['family']} {counts}")
        stage.expect(not traffic["lost"], f"not one of {traffic['sent']} packets was lost, reboot included")


def upgrade_again(stage: Stage) -> None:
    with stage.scene("Upgrade again: it runs what it should, nothing is asked, nothing is done"):
        began = time.monotonic()
        stage.playbook("upgrade", "-e", f"target={ROUTER}", "-e", "approval=auto")
        stage.expect(True, f"nothing to do, and nobody was asked ({time.monotonic() - began:.0f} s)")
        stage.playbook("drift")
        stage.expect(True, "every live router is what Git says")


def network(stage: Stage) -> None:
    with stage.scene("Wait until every session is up and packets flow"):
        stage.lab("wait")


SCENES = (demo.boot, demo.deploy, network, fetched, upgrade, upgrade_again)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="make demo-upgrade", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--name", default="demo-upgrade", help="name of the lab to boot (default: %(default)s)")
    parser.add_argument("--keep", action="store_true", help="leave the lab running at the end")
    options = parser.parse_args()
    return tell(Stage(options.name, ROOT / "build" / "demo-upgrade", keep=options.keep), SCENES)


if __name__ == "__main__":
    sys.exit(main())
