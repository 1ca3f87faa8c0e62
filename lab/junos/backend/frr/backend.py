"""A router whose packets are forwarded by the kernel and whose protocols are FRR's."""

from __future__ import annotations

import ipaddress
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
            _keep_down(self._hindered)

    def go_down(self) -> None:
        with self._lock:
            self.prober.close()
            self._stopped = daemons.stop()
            daemons.links_down()
            self._applied = self._rules = None

    def come_up(self) -> None:
        with self._lock:
            if self._stopped is not None:
                daemons.start(self._stopped)
                wait_for_daemons(daemons.START)
                self._stopped = None
            self.prober = Prober(self.meter.sample)

    def hinder(self, names: Sequence[str]) -> None:
        with self._lock:
            gone = [name for name in self._hindered if name not in names]
            self._hindered = tuple(names)
            _keep_down(gone, down=False)
            _keep_down(names)

    def _apply(self, data: Data, config: FrrConfig) -> None:
        if self._applied is None:
            wait_for_daemons()
            self._clear()
        before = self._applied or FrrConfig()
        self._kernel(data)
        complaints = configure(delta(before, config))
        if complaints:
            self._restore(before)
            raise BackendError(f"data plane did not accept the configuration: {'; '.join(complaints[:3])}")
        self._applied = config
        rules, _ = ruleset(data)
        if rules != self._rules:
            self._firewall(rules)
        self.prober.follow(rpm_tests(data))

    def _kernel(self, data: Data) -> None:
        have = kernel.present()
        kernel.keep_addresses([name for name in have if name != "lo"])
        ip_batch(kernel.commands(kernel.wanted(data), have))

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


def _keep_down(names: Sequence[str], *, down: bool = True) -> None:
    """Hold BGP neighbours and interfaces down behind the configuration's back, or let them go again."""
    for name in names:
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            try:
                ip_batch([f"link set dev {linux_name(name)} {'down' if down else 'up'}"])
            except InterfaceNameError:
                continue
        else:
            process = re.search(r"^router bgp \d+$", vtysh("show running-config"), re.MULTILINE)
            if process:
                configure([process[0], f"{'' if down else 'no '}neighbor {address} shutdown", "exit"])


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
