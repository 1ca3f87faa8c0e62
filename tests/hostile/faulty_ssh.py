"""An ssh that breaks where it is told to: FRR's counterpart of the Junos emulator's faults.

Called in place of ssh by Ansible (``ansible_ssh_executable``) with one FAULT in the environment of a tiny wrapper. A
request to an FRR router is one JSON object on standard input that names its operation, so a fault can wait for it::

    drop@OP           the session ends before the request is delivered
    lose-reply@OP     the request is carried out, its reply is lost
    cut@OP            the network to the router is cut (nftables, in the controller's namespace) before this request
    cut-after@OP      ... after it was carried out, its reply lost
    kill=STEP@OP      the program on the router dies (SIGKILL) right after this step of its work
    pause=STEP@OP     ... and stops there instead until /run/hostile.go exists; /run/hostile.STEP says that it is there

A fault plays once; a cut stays until somebody heals the network.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

AGENT = "ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_store"
DEED = {
    "kill": "os.kill(os.getpid(), signal.SIGKILL)",
    "pause": """
        pathlib.Path("/run/hostile." + name).touch()
        until = time.monotonic() + 40
        while not os.path.exists("/run/hostile.go") and time.monotonic() < until:
            time.sleep(0.05)
    """,
}
HOOK = """
import os, pathlib, signal, sys, time
store = sys.modules[{agent!r}]
def step(name):
    if name == {step!r}:
        {deed}
store.step = step
"""
HONEST = "program['modules'] = [m for m in program['modules'] if m[0] != 'hook']\nmodule.main(program)"


def hooked(program: dict[str, Any], kind: str, step: str) -> bytes:
    """The program with a hook at one of its steps; what its timer runs is the honest one."""
    place = [name for name, _ in program["modules"]].index(AGENT)
    hook = HOOK.format(agent=AGENT, step=step, deed=DEED[kind].strip())
    program["modules"].insert(place + 1, ["hook", hook])
    program["loader"] = program["loader"].replace("module.main(program)", HONEST)
    return json.dumps(program).encode()


def cut(address: str) -> None:
    """From now on nothing passes between the controller and this address."""
    rules = "add table inet hostile; add chain inet hostile out { type filter hook output priority 0; }; "
    rules += f"add rule inet hostile out ip daddr {address} drop"
    subprocess.run(["nft", rules], check=True)


def ssh(arguments: list[str], data: bytes, quiet: bool = False) -> int:
    """The honest ssh. `quiet`: nobody hears what it says."""
    sink = subprocess.DEVNULL if quiet else None
    return subprocess.run(["ssh", *arguments], input=data, stdout=sink, stderr=sink, check=False).returncode


def dropped() -> int:
    sys.stderr.write("Connection to router closed by remote host.\n")
    return 255


def play(fault: str, address: str, arguments: list[str], data: bytes, program: dict[str, Any]) -> int:
    """Carry the request to the router, more or less."""
    kind, _, step = fault.partition("@")[0].partition("=")
    if kind in ("kill", "pause"):
        return ssh(arguments, hooked(program, kind, step))
    if kind in ("lose-reply", "cut-after"):
        ssh(arguments, data, quiet=True)
    if kind in ("cut", "cut-after"):
        cut(address)
    if kind == "cut":
        return ssh(arguments, data)
    return dropped()


def main() -> int:
    fault, address, mark = os.environ["FAULT"], os.environ["ROUTER"], Path(os.environ["PLAYED"])
    arguments = sys.argv[1:]
    # Ansible's own questions (a closing master, a warm-up) carry no request.
    if sys.stdin.isatty() or "-O" in arguments:
        return subprocess.run(["ssh", *arguments], check=False).returncode
    data = sys.stdin.buffer.read()
    try:
        program = json.loads(data)
        operation = program["request"]["op"]
    except (ValueError, KeyError, TypeError):
        return ssh(arguments, data)
    if operation != fault.partition("@")[2] or mark.exists():
        return ssh(arguments, data)
    mark.touch()
    return play(fault, address, arguments, data, program)


if __name__ == "__main__":
    sys.exit(main())
