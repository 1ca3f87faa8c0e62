"""The table: at which step, what goes wrong, on which platform; how it ends, and what the deploy says about it.

`OLD`: the router keeps what it had, and its configuration is the startup one. `NEW`: the change is confirmed. In
between there is nothing: no lock, no pending commit, no candidate, no file and no process of ours.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.hostile import faults
from tests.hostile.faults import Fault, emulator, wire, with_variables

OLD, NEW = "old", "new"
JUNOS, FRR = "junos", "frr"
# Every request of that router must be answered in this time, also an honest one on a busy machine.
QUICK = {"ansible_command_timeout": 4}


@dataclass(frozen=True)
class Row:
    """One line. `says`: a pattern in the router's `why`; `seconds`: how long the deploy may be busy with the router.

    Rows of the same `occasion` and with the same end share a deploy, each on a router of its own.
    """

    step: str
    what: str
    platform: str
    fault: Fault
    ends: str
    result: str
    says: str = ""
    seconds: float = 30.0
    occasion: str = ""

    @property
    def name(self) -> str:
        return f"{self.platform}-{self.step}-{self.what}".replace(" ", "_")


LOCK, HISTORY, UNLOCK = "lock-configuration", "get-commit-information", "unlock-configuration"
LOAD, COMPARE = "load-configuration", "get-configuration/compare"
CHECK, COMMIT, CONFIRM = (f"commit-configuration/{kind}" for kind in ("check", "confirmed", "plain"))
NO_KEYS = "-o UserKnownHostsFile=/none -o GlobalKnownHostsFile=/none -o ControlPath=none"

WAY_IN = [
    Row("way in", "wrong password", JUNOS, with_variables(ansible_password="wrong"), OLD, "failed", "not let in"),
    Row("way in", "key refused", JUNOS, faults.wrong_key(), OLD, "failed", "not let in"),
    Row("way in", "key refused", FRR, faults.wrong_key(), OLD, "refused", "Permission denied"),
    Row("way in", "unknown host key", JUNOS, with_variables(ansible_junos_known_hosts=["/none"]), OLD, "failed",
        "host key.*unknown|unknown.*host key"),
    Row("way in", "unknown host key", FRR, with_variables(ansible_ssh_args=NO_KEYS), OLD, "refused",
        "No ED25519 host key is known|Host key verification failed"),
    Row("way in", "connection refused", JUNOS, faults.cut("reject with tcp reset"), OLD, "failed", "refused"),
    Row("way in", "connection refused", FRR, faults.cut("reject with tcp reset"), OLD, "refused", "refused"),
    Row("way in", "black hole", JUNOS, faults.cut("drop"), OLD, "failed", "no answer", seconds=8),
    Row("way in", "black hole", FRR, faults.cut("drop"), OLD, "refused", "timed out", seconds=8),
    Row("way in", "silent NETCONF", JUNOS, emulator("blackhole"), OLD, "failed", "no answer|does not answer"),
]  # fmt: skip

DROPPED = [
    Row("read steering", "dropped", JUNOS, emulator(f"drop@{HISTORY}"), OLD, "refused", "could not be read before"),
    Row("read steering", "dropped", FRR, wire("drop@steering"), OLD, "refused", "could not be read before"),
    Row("history", "dropped", JUNOS, emulator(f"drop@{HISTORY}:2"), OLD, "failed", "get-commit-information"),
    Row("lock", "dropped", JUNOS, emulator(f"drop@{LOCK}"), OLD, "failed", "lock-configuration"),
    Row("lock", "reply lost", JUNOS, emulator(f"lose-reply@{LOCK}", **QUICK), OLD, "failed", "no reply within 4 s"),
    Row("load", "dropped", JUNOS, emulator(f"drop@{LOAD}"), OLD, "failed", "load-configuration"),
    Row("compare", "dropped", JUNOS, emulator(f"drop@{COMPARE}:2"), OLD, "failed", "get-configuration"),
    Row("commit check", "dropped", JUNOS, emulator(f"drop@{CHECK}"), OLD, "failed", "commit-configuration"),
    Row("commit confirmed", "dropped", JUNOS, emulator(f"drop@{COMMIT}"), OLD, "failed", "a fresh session shows"),
    Row("commit confirmed", "dropped after it", JUNOS, emulator(f"drop-after@{COMMIT}"), NEW, "confirmed"),
    Row("commit confirmed", "reply lost", JUNOS, emulator(f"lose-reply@{COMMIT}", **QUICK), NEW, "confirmed"),
    Row("unlock", "dropped", JUNOS, emulator(f"drop@{UNLOCK}"), NEW, "confirmed"),
    Row("prove", "dropped", JUNOS, emulator("drop@get-bgp-neighbor-information:2"), NEW, "confirmed"),
    Row("confirm commit", "dropped", JUNOS, emulator(f"drop@{CONFIRM}"), NEW, "confirmed"),
    Row("confirm commit", "reply lost", JUNOS, emulator(f"lose-reply@{CONFIRM}", **QUICK), NEW, "confirmed"),
    Row("stage", "dropped", FRR, wire("drop@stage"), OLD, "failed", "did not commit it"),
    Row("stage", "reply lost", FRR, wire("lose-reply@stage"), NEW, "confirmed"),
    Row("stage", "agent killed with the lock", FRR, wire("kill=locked@stage"), OLD, "failed", "did not commit it"),
    Row("stage", "agent killed when armed", FRR, wire("kill=armed@stage"), OLD, "failed", "did not commit it"),
    Row("stage", "agent killed applying", FRR, wire("kill=applying@stage"), OLD, "failed", "did not commit it"),
    Row("stage", "agent killed applied", FRR, wire("kill=applied@stage"), OLD, "failed", "did not commit it"),
    Row("stage", "agent killed staged", FRR, wire("kill=staged@stage"), NEW, "confirmed"),
    Row("prove", "dropped", FRR, wire("drop@state"), NEW, "confirmed"),
    Row("confirm", "dropped", FRR, wire("drop@confirm"), NEW, "confirmed"),
    Row("confirm", "reply lost", FRR, wire("lose-reply@confirm"), NEW, "confirmed"),
    Row("confirm", "agent killed half-way", FRR, wire("kill=confirming@confirm"), NEW, "confirmed"),
    Row("confirm", "agent killed when renamed", FRR, wire("kill=renamed@confirm"), NEW, "confirmed"),
]  # fmt: skip

OTHERS = [
    Row("lock", "held by another", JUNOS, faults.person("lock"), OLD, "refused", "somebody holds the lock.*fairway"),
    Row("lock", "held by another", FRR, faults.held_lock(), OLD, "refused", "lock"),
    Row("guard", "foreign pending commit", JUNOS, faults.person("commit-confirmed"), OLD, "refused", "pending"),
    Row("guard", "a colleague deploys", JUNOS, faults.another_deploy(), OLD, "refused", "pending.*fw-",
        occasion="a colleague on Junos"),
    Row("guard", "a colleague deploys", FRR, faults.another_deploy(), OLD, "refused", "pending.*fw-",
        occasion="a colleague on FRR"),
    Row("clean", "dirty candidate", JUNOS, faults.person("edit"), OLD, "refused", "uncommitted changes"),
    Row("clean", "unsaved by hand", FRR,
        faults.typed_by_hand("ip prefix-list mine seq 5 permit 192.0.2.0/24", undo=("no ip prefix-list mine",)),
        OLD, "refused", "changed by hand.*prefix-list mine"),
    Row("prepare", "disk full of state", FRR, faults.full_disk("/var/lib/fairway", 16), OLD, "refused",
        "disk full.*free some space"),
    Row("prepare", "disk full of config", FRR, faults.full_disk("/etc/frr", 4), OLD, "refused",
        "disk full.*free some space"),
]  # fmt: skip

ROWS = [*WAY_IN, *DROPPED, *OTHERS]

__all__ = ["FRR", "JUNOS", "NEW", "OLD", "ROWS", "Row"]
