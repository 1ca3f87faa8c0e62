"""A bare FRR router for tests: namespaces of its own, real daemons, nothing of the rest of the machine.

The program that Fairway sends to routers runs in it directly; what the tests assert they read with vtysh.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ansible_collections.fairway.backbone.plugins.module_utils.change import StageRequest, StageResult
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr import FrrRouter
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_transport import Transport
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault

DAEMONS = ("zebra", "staticd", "bgpd", "ospfd", "ospf6d", "bfdd")
HOSTNAME = "r1"
STATE_KIB = 2048
"""Size of the router's /var/lib/fairway: small, so that a test can fill it."""

OLD, NEW = {"eth0": 150}, {"eth0": 250}
"""The costs of the configurations that tests of faults change between."""

_BOOT = textwrap.dedent(
    f"""\
    set -e
    mount --make-rprivate /
    for d in /run /etc/frr /var/log /var/tmp /var/lib; do mount -t tmpfs tmpfs $d; done
    mkdir -p /run/frr /var/log/frr /var/lib/fairway
    mount -t tmpfs -o size={STATE_KIB}k tmpfs /var/lib/fairway
    sed -E 's/^(frr|frrvty):.*/\\1:x:0:root/' /etc/group > /run/group
    mount --bind /run/group /etc/group
    hostname {HOSTNAME}
    ip link set lo up
    ip link add eth0 type veth peer name eth1
    ip link set eth0 up
    ip link set eth1 up
    printf 'log syslog informational\\nservice integrated-vtysh-config\\n' > /etc/frr/frr.conf
    : > /etc/frr/vtysh.conf
    for d in {" ".join(DAEMONS)}; do /usr/lib/frr/$d -d -u root -g root -A 127.0.0.1 2>/dev/null; done
    vtysh -b
    echo ready
    exec sleep infinity
    """
)


def wait_for(what: str, true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Poll until `true()`; fails the test, naming `what`, when it does not come within `seconds`."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, f"{what}: not within {seconds:g} s"
        time.sleep(0.05)


# An ordinary user is root in a user namespace of the router's own.
_AS_ROOT = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
_ENTER_AS_ROOT = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]


class BareRouter:
    """One router in namespaces of its own. `pid` is its first process; killing it ends everything inside."""

    def __init__(self, directory: Path) -> None:
        self.log = directory / "boot.log"
        with self.log.open("wb") as log:
            self._parent = subprocess.Popen(
                ["unshare", *_AS_ROOT, "-n", "-m", "-p", "-f", "-u", "--mount-proc", "--kill-child", "sh", "-c", _BOOT],
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )
        wait_for("the router boots", lambda: b"ready" in self.log.read_bytes())
        children = Path(f"/proc/{self._parent.pid}/task/{self._parent.pid}/children").read_text().split()
        self.pid = int(children[0])

    def close(self) -> None:
        self._parent.kill()
        self._parent.wait(10)

    def inside(self, *command: str) -> list[str]:
        return ["nsenter", "-t", str(self.pid), *_ENTER_AS_ROOT, "-n", "-m", "-p", "-u", "--", *command]

    def run(self, *command: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(self.inside(*command), input=stdin, capture_output=True, timeout=60, check=False)

    def out(self, *command: str) -> str:
        done = self.run(*command)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout.decode()

    # -- the independent witness ---------------------------------------------------------------------------------

    def running(self) -> str:
        return self.out("vtysh", "-c", "show running-config")

    def costs(self) -> dict[str, int]:
        """OSPF costs as ospfd itself tells them."""
        told = json.loads(self.out("vtysh", "-c", "show ip ospf interface json")).get("interfaces", {})
        return {name: interface["cost"] for name, interface in told.items()}

    def startup(self) -> str:
        return self.out("cat", "/etc/frr/frr.conf")

    def leftovers(self) -> list[str]:
        """Everything of Fairway on the router but the history: files, held locks, processes."""
        files = self.out(
            "sh", "-c", "cd /var/lib/fairway && ls -A; ls -A /etc/frr /run/frr | grep -i -e fairway -e reload || true"
        )
        found = [name for name in files.split() if name not in ("commits", "lock")]
        if self.run("flock", "-n", "/var/lib/fairway/lock", "true").returncode != 0 and "lock" in files:
            found.append("lock held")
        processes = self.out("ps", "-e", "-o", "args=").splitlines()
        return found + [line for line in processes if "/var/lib/fairway" in line or "frr-reload" in line]

    def restart_frr(self) -> None:
        """What a reboot does to FRR: the daemons end, and come back with the startup configuration."""
        pids = self.out("sh", "-c", "cat /run/frr/*.pid").split()
        self.run("kill", "-KILL", *pids)
        starts = "; ".join(f"/usr/lib/frr/{d} -d -u root -g root -A 127.0.0.1 2>/dev/null" for d in DAEMONS)
        self.out("sh", "-c", f"rm -f /run/frr/*.vty /run/frr/*.pid; ip addr flush dev eth0; {starts}; vtysh -b")

    def timers(self) -> list[str]:
        """Process numbers, inside, of the dead-man timers."""
        lines = [line.split(None, 1) for line in self.out("ps", "-e", "-o", "pid=,args=").splitlines()]
        return [pid for pid, args in lines if "/var/lib/fairway/txn/timer.py" in args]

    def boot_anew(self) -> None:
        """A reboot as far as a router's software can tell: another boot id, FRR with its startup configuration, and no
        process of before."""
        for pid in self.timers():
            self.run("kill", "-KILL", pid)
        self.out("sh", "-c", "cat /proc/sys/kernel/random/uuid > /run/boot_id")
        self.out("mount", "--bind", "/run/boot_id", "/proc/sys/kernel/random/boot_id")
        self.restart_frr()

    # -- the way in ----------------------------------------------------------------------------------------------

    def transport(self, command: str, stdin: bytes) -> tuple[int, str, str]:
        done = self.run("sh", "-c", command, stdin=stdin)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def settle(self, cost: int, change: str = "fw-1") -> None:
        """Deploy and confirm `config(cost)`."""
        router = self.router()
        staged = router.stage(StageRequest(config(cost), change))
        assert staged.state == "staged", staged
        confirmed = router.confirm(change)
        assert confirmed.state == "confirmed", confirmed
        assert self.costs() == {"eth0": cost}

    def router(self, transport: Transport | None = None, **options: object) -> FrrRouter:
        return FrrRouter(HOSTNAME, transport or self.transport, **options)  # type: ignore[arg-type]


_CONFIG = """\
! rendered
frr defaults traditional
log syslog informational
ip forwarding
ipv6 forwarding
service integrated-vtysh-config
!
interface eth0
 description south
 ip address 192.0.2.66/31
 ip ospf area 0.0.0.0
 ip ospf authentication message-digest
 ip ospf cost {cost}
 ip ospf message-digest-key 1 md5 fairway-lab
 ip ospf network point-to-point
exit
!
ip route 192.0.2.0/24 blackhole
!
router ospf
 ospf router-id 192.0.2.2
exit
!
router bgp 64496
 bgp router-id 192.0.2.2
 no bgp default ipv4-unicast
 neighbor 203.0.113.2 remote-as 64501
 neighbor 203.0.113.2 description carrier-b
 !
 address-family ipv4 unicast
  neighbor 203.0.113.2 activate
  neighbor 203.0.113.2 route-map to-carrier out
 exit-address-family
exit
!
ip prefix-list own seq 5 permit 192.0.2.0/24
!
route-map to-carrier permit 10
 match ip address prefix-list own
exit
!
end
"""


def config(cost: int) -> str:
    """A whole configuration; the OSPF cost of eth0 tells one from another."""
    return _CONFIG.format(cost=cost)


_KILLER = textwrap.dedent(
    """\
    import os, signal, sys
    store = sys.modules["ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_store"]
    def step(name):
        if name == {step!r}:
            os.kill(os.getpid(), signal.SIGKILL)
    store.step = step
    """
)


def killed_at(bare: BareRouter, step: str, times: int = 1) -> Transport:
    """A way in where the program on the router dies (SIGKILL) right after a step, `times` times."""
    left = [times]

    def transport(command: str, stdin: bytes) -> tuple[int, str, str]:
        if left[0] > 0:
            left[0] -= 1
            program = json.loads(stdin)
            place = [name for name, _ in program["modules"]].index(
                "ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_store"
            )
            program["modules"].insert(place + 1, ["killer", _KILLER.format(step=step)])
            # What the timer's process runs is the honest program.
            program["loader"] = program["loader"].replace(
                "module.main(program)",
                "program['modules'] = [m for m in program['modules'] if m[0] != 'killer']\nmodule.main(program)",
            )
            stdin = json.dumps(program).encode()
        return bare.transport(command, stdin)

    return transport


def reply_lost(bare: BareRouter, ops: tuple[str, ...] = ("stage", "confirm", "revert")) -> Transport:
    """A way in that drops the connection after the deed, before its reply, the first time."""
    left = [1]

    def transport(command: str, stdin: bytes) -> tuple[int, str, str]:
        done = bare.transport(command, stdin)
        if json.loads(stdin)["request"]["op"] in ops and left[0] > 0:
            left[0] -= 1
            raise RouterFault("lost", "Connection to 192.0.2.132 closed by remote host.")
        return done

    return transport


def silent(transport: Transport) -> Transport:
    """A way in on which the first request still arrives; after that nobody hears from the router any more."""
    left = [1]

    def mute(command: str, stdin: bytes) -> tuple[int, str, str]:
        if left[0] <= 0:
            raise RouterFault("unreachable", f"{HOSTNAME}: No route to host")
        left[0] -= 1
        return transport(command, stdin)

    return mute


@contextlib.contextmanager
def bare_router(directory: Path) -> Iterator[BareRouter]:
    router = BareRouter(directory)
    try:
        yield router
    finally:
        router.close()


class Pool:
    """Hands out a router in a known state, the same one as long as the tests leave it as they found it."""

    _KEPT = "/run/kept"

    def __init__(self, directory: Callable[[], Path]) -> None:
        self._directory = directory
        self._router: BareRouter | None = None

    def settled(self, cost: int) -> BareRouter:
        """A router with `config(cost)` running and confirmed, and nothing else in its history."""
        if self._router is not None and self._is_as_new(self._router, cost):
            self._router.out("sh", "-c", f"rm -rf /var/lib/fairway/*; cp -a {self._KEPT}/. /var/lib/fairway")
            return self._router
        self.close()
        self._router = BareRouter(self._directory())
        self._router.settle(cost)
        self._router.out("cp", "-a", "/var/lib/fairway", self._KEPT)
        self._router.out("sh", "-c", "vtysh -c 'show running-config' > /run/kept.running")
        self._router.out("sh", "-c", "grep -e fairway -e frr -e boot_id /proc/mounts > /run/kept.mounts")
        return self._router

    @staticmethod
    def _is_as_new(router: BareRouter, cost: int) -> bool:
        same = "vtysh -c 'show running-config' | cmp -s - /run/kept.running"
        same += " && grep -e fairway -e frr -e boot_id /proc/mounts | cmp -s - /run/kept.mounts"
        whole = router.run("sh", "-c", same).returncode == 0
        return whole and router.startup() == config(cost) and router.leftovers() == []

    def close(self) -> None:
        if self._router is not None:
            self._router.close()
        self._router = None


def stage(router: FrrRouter, change: str = "fw-2", cost: int = 250, **more: object) -> StageResult:
    return router.stage(StageRequest(config(cost), change, confirm_minutes=1, **more))  # type: ignore[arg-type]


def is_old_and_clean(bare: BareRouter) -> None:
    assert bare.costs() == OLD
    assert "cost 150" in bare.startup()
    assert bare.leftovers() == []


def works_again(bare: BareRouter) -> None:
    """The next change goes through."""
    assert stage(bare.router(), "fw-9", 350).state == "staged"
    assert bare.router().confirm("fw-9").state == "confirmed"
    assert bare.costs() == {"eth0": 350}
    assert bare.leftovers() == []


def missing() -> str:
    """Why such a router cannot be had here; empty when it can."""
    absent = [name for name in ("vtysh", "unshare", "nsenter", "flock") if shutil.which(name) is None]
    if absent:
        return f"needs {', '.join(absent)}"
    refused = subprocess.run(["unshare", *_AS_ROOT, "-n", "true"], capture_output=True, text=True, check=False)
    return f"needs namespaces: {refused.stderr.strip()}" if refused.returncode else ""


def stop(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
