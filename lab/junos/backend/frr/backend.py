"""A router whose packets are forwarded by the kernel and whose protocols are FRR's."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Sequence

from lab.junos.backend.base import BackendError, Data, Refusal
from lab.junos.backend.frr import daemons, kernel
from lab.junos.backend.frr.filters import ruleset
from lab.junos.backend.frr.lines import FrrConfig, Section, delta
from lab.junos.backend.frr.prober import Prober
from lab.junos.backend.frr.queries import FrrQueries
from lab.junos.backend.frr.run import configure, ip_batch, run, vtysh
from lab.junos.backend.frr.translate import translate
from lab.junos.backend.frr.vty import wait_for_daemons
from lab.junos.backend.rpm_settings import rpm_tests
from lab.junos.config import Tree, active_data
from lab.names import InterfaceNameError, linux_name

_KEEP = (
    "frr ",
    "hostname ",
    "log ",
    "service ",
    "password ",
    "enable ",
    "line ",
    "no ip forwarding",
    "no ipv6 forwarding",
)
_BLOCK = re.compile(r"^(router |interface |route-map |bfd|vrf |key chain |line )")
_TRUSTED = ("ip forwarding", "ipv6 forwarding")


class FrrBackend(FrrQueries):
    """The data plane of the network namespace it runs in: plain `vtysh`, `ip` and `nft` reach this router.

    `apply` computes the difference to what it applied before. What it finds at the start (a restarted emulator, a lab's
    leftovers) is removed first, because nobody knows where it came from.
    """

    blocking = True

    def __init__(self) -> None:
        super().__init__()
        self._applied: FrrConfig | None = None
        self._rules: str | None = None
        self._lock = threading.Lock()
        self._stopped: daemons.Commands | None = None
        self._hindered: tuple[str, ...] = ()
        self._data: Data | None = None

    def check(self, tree: Tree) -> list[Refusal]:
        return self.refusals(active_data(tree))

    def refusals(self, data: Data) -> list[Refusal]:
        """What of a configuration FRR and the kernel cannot carry."""
        _, refused = translate(data)
        names = [
            Refusal("[edit interfaces]", reason, unit.partition(".")[0]) for unit, reason in kernel.bad_names(data)
        ]
        return [*names, *refused, *ruleset(data)[1]]

    def apply(self, tree: Tree) -> None:
        """Make kernel and daemons follow the configuration; BackendError: nothing has changed, or all is back."""
        data = active_data(tree)
        refused = self.refusals(data)
        if refused:
            raise BackendError(refused[0].message, refused)
        config, _ = translate(data)
        with self._lock:
            if self._stopped is not None:
                raise BackendError("the router is down")
            self._apply(data, config)

    def go_down(self) -> None:
        with self._lock:
            self.prober.close()
            self._stopped = daemons.stop()
            daemons.links_down()
            self._applied = self._rules = self._data = None

    def come_up(self) -> None:
        with self._lock:
            if self._stopped is not None:
                daemons.start(self._stopped)
                wait_for_daemons(daemons.START)
                self._stopped = None
            self.prober = Prober(self.meter.sample)

    def hinder(self, names: Sequence[str]) -> None:
        with self._lock:
            self._hindered = tuple(names)
            if self._data is not None and self._stopped is None:
                self._apply(self._data, translate(self._data)[0])

    def _apply(self, data: Data, config: FrrConfig) -> None:
        if self._applied is None:
            wait_for_daemons()
            self._clear()
        before = self._applied or FrrConfig()
        _shut(config, self._hindered)
        self._kernel(data)
        complaints = configure(delta(before, config))
        if complaints:
            self._restore(before)
            raise BackendError(f"data plane did not accept the configuration: {'; '.join(complaints[:3])}")
        self._applied, self._data = config, data
        rules, _ = ruleset(data)
        if rules != self._rules:
            self._firewall(rules)
        self.prober.follow(rpm_tests(data))

    def _kernel(self, data: Data) -> None:
        have = kernel.present()
        kernel.keep_addresses([name for name in have if name != "lo"])
        wanted = kernel.wanted(data)
        gone = _devices(self._hindered)
        for device, aim in wanted.items():
            aim.up = aim.up and not any(device == name or device.startswith(f"{name}.") for name in gone)
        ip_batch(kernel.commands(wanted, have))

    def _firewall(self, rules: str) -> None:
        done = run(["nft", "-f", "-"], rules)
        if done.returncode != 0:
            raise BackendError(f"data plane did not accept the filter of lo0: {done.stderr.strip().splitlines()[0]}")
        self._rules = rules

    def _restore(self, config: FrrConfig) -> None:
        """After a refused change: clear, and write the old configuration again."""
        self._clear()
        configure(delta(FrrConfig(), config))
        self._applied = config

    def _clear(self) -> None:
        """Remove whatever FRR runs."""
        configure(delta(parse_running(vtysh("show running-config")), FrrConfig()))


def _shut(config: FrrConfig, names: Sequence[str]) -> None:
    """Let BGP neighbours be down behind the configuration's back."""
    for section in config.sections.values():
        for name in names:
            owner = f"neighbor {name}"
            if owner in section.lines:
                section.add(f"{owner} shutdown", key=f"{owner} shutdown", undo=f"no {owner} shutdown", owner=owner)


def _devices(names: Sequence[str]) -> list[str]:
    """The devices among names of interfaces and neighbours."""
    found = []
    for name in names:
        with contextlib.suppress(InterfaceNameError):
            found.append(linux_name(name))
    return found


def parse_running(text: str) -> FrrConfig:
    """A running configuration as a FrrConfig good for one thing: the difference to it removes everything."""
    config = FrrConfig()
    block: Section | None = None
    for line in text.splitlines():
        stripped = line.rstrip()
        if not stripped or stripped.startswith(("!", "Building", "Current", "end")):
            continue
        if stripped.startswith(" "):
            if block is not None and block.undo is None:
                block.add(stripped.strip())
            continue
        if stripped == "exit":
            block = None
            continue
        if stripped.startswith((*_KEEP, *_TRUSTED)):
            continue
        block = _block(config, stripped)
    return config


def _block(config: FrrConfig, line: str) -> Section | None:
    if line.startswith("interface "):
        return config.add(Section(("found", line), (line,), ("exit",)))
    if _BLOCK.match(line):
        return config.add(Section(("found", line), (line,), ("exit",), f"no {line}"))
    config.add(Section(("found", line))).add(line)
    return None
