"""The reference for deploys: the same change with PyEZ and a thread pool, as a careful engineer would write it.

`python -m bench.pyez_peer --inventory DIR --configs DIR --home DIR --width W`: every router of the inventory gets
CONFIGS/NAME.conf under a five minute timer; when all routers took it and their state, read in fresh sessions, is what
it was before, all are confirmed. The RPCs are those that Fairway sends, in its order. What it lacks is what Fairway is
for: recovery from lost sessions and replies, other people's locks and pending commits, errors with a place, taking a
half-done change back.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from jnpr.junos import Device
from jnpr.junos.exception import RpcError
from jnpr.junos.utils.config import Config
from lxml import etree

# What router_state reads on Junos, RPC by RPC.
STATE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("get_bgp_summary_information", {}),
    ("get_bgp_neighbor_information", {}),
    ("get_ospf_interface_information", {}),
    ("get_ospf_neighbor_information", {}),
    ("get_ospf3_interface_information", {}),
    ("get_ospf3_neighbor_information", {}),
    ("get_interface_information", {"detail": True}),
    ("get_interface_information", {"terse": True}),
    ("get_route_summary_information", {}),
    ("get_alarm_information", {}),
    ("get_system_alarm_information", {}),
    ("get_system_core_dumps", {}),
    ("get_software_information", {}),
    ("get_system_uptime_information", {}),
)
# What never stays the same, and says nothing about health.
VOLATILE = ("elapsed-time", "up-time", "date-time", "peer-input-octets", "time-length")


@dataclass
class Target:
    """One router and what is known of it so far."""

    name: str
    port: int
    config: Path
    session: Device | None = None
    before: dict[str, bytes] = field(default_factory=dict)
    changed: bool = False
    error: str = ""


def connect(target: Target, home: Path) -> Device:
    """A fresh, verified session."""
    device = Device(
        host="127.0.0.1",
        port=target.port,
        user="fairway",
        ssh_private_key_file=str(home / ".ssh" / "id_ed25519"),
        hostkey_verify=True,
        gather_facts=False,
        normalize=False,
    )
    device.open()
    device.timeout = 120
    return device


def canonical(reply: Any) -> bytes:
    """A reply without what changes by itself."""
    for element in list(reply.iter()):
        element.attrib.pop("seconds", None)
        if isinstance(element.tag, str) and etree.QName(element).localname in VOLATILE:
            element.getparent().remove(element)
    return etree.tostring(reply, method="c14n2")


def answer(device: Device, rpc: str, options: dict[str, Any]) -> bytes:
    """One reply as comparable text; empty when the router does not run what is asked about."""
    try:
        return canonical(getattr(device.rpc, rpc)(**options))
    except RpcError:
        return b""


def state(device: Device) -> dict[str, bytes]:
    """The router's state, by RPC."""
    return {f"{rpc} {' '.join(options)}": answer(device, rpc, options) for rpc, options in STATE}


def newest_log(device: Device) -> str:
    """The log text of the newest commit."""
    return str(device.rpc.get_commit_information().findtext(".//log") or "")


def stage(target: Target, home: Path, log: str) -> None:
    """Lock, load, compare, check, commit confirmed, unlock."""
    device = connect(target, home)
    try:
        device.rpc.get_commit_information()
        config = Config(device)
        config.lock()
        if config.diff() is not None:
            raise RuntimeError("the candidate is dirty")
        device.rpc.get_commit_information()
        config.load(target.config.read_text(), format="text", update=True)
        target.changed = config.diff() is not None
        if target.changed:
            target.before = state(device)
            config.commit_check()
            config.commit(confirm=5, comment=log, timeout=120)
            if newest_log(device) != log:
                raise RuntimeError("the newest commit is not ours")
        config.unlock()
    finally:
        device.close()


def prove(target: Target, home: Path, log: str) -> None:
    """A fresh session, which stays open for the confirmation: the state is what it was."""
    target.session = connect(target, home)
    after = state(target.session)
    worse = [rpc for rpc, text in target.before.items() if after[rpc] != text]
    if worse:
        raise RuntimeError(f"the state differs: {', '.join(worse)}")


def confirm(target: Target, home: Path, log: str) -> None:
    """Make the pending commit permanent, if it is ours."""
    assert target.session is not None
    device = target.session
    if newest_log(device) != log:
        raise RuntimeError("the pending commit is not ours")
    config = Config(device)
    config.lock()
    config.commit(comment=log, timeout=120)
    device.rpc.get_commit_information()
    config.unlock()


Step = Callable[[Target, Path, str], None]


def run_step(step: Step, targets: Sequence[Target], width: int, home: Path, log: str) -> bool:
    """One step on all routers, `width` at a time; errors are kept. Returns whether all went well."""

    def guarded(target: Target) -> None:
        try:
            step(target, home, log)
        except Exception as error:  # noqa: BLE001 - one router's trouble, of whatever kind, is a line in the result
            target.error = f"{step.__name__}: {type(error).__name__}: {' '.join(str(error).split())}"

    with ThreadPoolExecutor(width) as pool:
        list(pool.map(guarded, targets))
    bad = [target for target in targets if target.error]
    for target in bad[:10]:
        print(f"{target.name}: {target.error}")
    print(f"{step.__name__}: {len(targets) - len(bad)} of {len(targets)}", flush=True)
    return not bad


def read_targets(inventory: Path, configs: Path) -> list[Target]:
    """The routers of an inventory written by bench.inventory."""
    hosts = yaml.safe_load((inventory / "hosts.yml").read_text())["all"]["children"]["routers"]["children"]["junos"]
    return [Target(name, each["ansible_port"], configs / f"{name}.conf") for name, each in hosts["hosts"].items()]


def main() -> int:
    """Change the fleet; 0 when every router was changed and confirmed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inventory", type=Path, required=True)
    parser.add_argument("--configs", type=Path, required=True)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--width", type=int, required=True)
    parser.add_argument("--first", action="store_true", help="the first configuration: the state will differ")
    options = parser.parse_args()
    targets = read_targets(options.inventory, options.configs)
    log = f"pyez change={time.time_ns():x}"
    try:
        good = run_step(stage, targets, options.width, options.home, log)
        for target in targets if options.first else ():
            target.before.clear()
        good = good and all(run_step(step, targets, options.width, options.home, log) for step in (prove, confirm))
    finally:
        with ThreadPoolExecutor(options.width) as pool:
            list(pool.map(lambda target: target.session and target.session.close(), targets))
    unchanged = [target.name for target in targets if not target.changed]
    if unchanged:
        print(f"{len(unchanged)} routers had nothing to change: {', '.join(unchanged[:5])}")
    return 0 if good and not unchanged else 1


if __name__ == "__main__":
    sys.exit(main())
