"""The lab's wires while it runs: which are plugged in, and what is wrong with them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from lab.errors import LabError
from lab.net import impairments, relay, wires
from lab.net.impairments import Impairment
from lab.topology import Host, Link, Topology


class Cabling:
    """Runs in the supervisor, in the lab's own network namespace."""

    def __init__(self, topology: Topology) -> None:
        """Nothing is built yet."""
        self.topology = topology
        self.links = {link.number: link for link in topology.links}
        self.impaired: dict[int, Impairment] = {}
        self.off: set[str] = set()
        self.relays: dict[int, int] = {}
        self.has_netem: bool | None = None  # not known until a delay is asked for

    def build(self) -> None:
        """Create all wires and bridges between the hosts' namespaces."""
        wires.build_bridges(self.topology)
        for host in self.topology.hosts:
            wires.connect_host(self.topology, host)

    def unplug_host(self, host: Host) -> None:
        """A host lost its power: its devices vanish, and its neighbours lose the carrier."""
        if host.name not in self.off:
            self.off.add(host.name)
            wires.disconnect_host(self.topology, host)
            self._refresh(self._links_of(host))

    def plug_host(self, host: Host) -> None:
        """A host is about to boot: new devices in its new namespace, and the carrier comes back."""
        wires.connect_host(self.topology, host)
        self.off.discard(host.name)
        self._refresh(self._links_of(host))

    def impair(self, link: int, impairment: dict[str, Any]) -> dict[str, Any]:
        """Replace what is wrong with a link. Raises LabError when the kernel refuses; the link stays as it was."""
        before = self.impaired.get(link)
        self.impaired[link] = Impairment.from_json(impairment)
        try:
            self._refresh([self.links[link]])
        except LabError:
            self._restore(link, before)
            raise
        return {}

    def heal(self, links: list[int]) -> dict[str, Any]:
        """Remove whatever is wrong with the links; returns how many had something."""
        healed = [number for number in links if self.impaired.pop(number, None)]
        self._refresh([self.links[number] for number in healed])
        return {"healed": healed}

    def status(self) -> list[dict[str, Any]]:
        """Every link: its number, whether both ends have a carrier, and what is wrong with it."""
        found = []
        for number, link in self.links.items():
            impairment = self.impaired.get(number)
            words = [f"{host} is off" for host, _ in (link.a, link.b) if host in self.off]
            words += [impairment.describe(link)] if impairment else []
            found.append({"number": number, "up": self._carrier(link), "impairment": ", ".join(words)})
        return found

    def _restore(self, link: int, before: Impairment | None) -> None:
        self.impaired.pop(link)
        if before is not None:
            self.impaired[link] = before
        self._refresh([self.links[link]])

    def _links_of(self, host: Host) -> list[Link]:
        return [link for link in self.links.values() if host.name in (link.a[0], link.b[0])]

    def _carrier(self, link: Link) -> bool:
        impairment = self.impaired.get(link.number)
        return not (impairment and impairment.down) and not {link.a[0], link.b[0]} & self.off

    def _refresh(self, links: Iterable[Link]) -> None:
        """Make the kernel agree with this object about some links (carrier, delay) and all rules."""
        for link in links:
            present = [side for side, (host, _) in (("a", link.a), ("b", link.b)) if host not in self.off]
            wires.set_carrier(link, present, up=self._carrier(link))
            self._undelay(link, present)
            if len(present) == 2 and link.number in self.impaired and self.impaired[link.number].delay:
                self._delay(link, self.impaired[link.number])
        powered = {
            n: one for n, one in self.impaired.items() if not {self.links[n].a[0], self.links[n].b[0]} & self.off
        }
        impairments.apply_ruleset(impairments.ruleset(powered, self.links))

    def _delay(self, link: Link, impairment: Impairment) -> None:
        """Delay a link's packets: in the kernel where it has netem, else by a process that carries every frame."""
        if self.has_netem is not False:
            self.has_netem = wires.set_netem(link, dict.fromkeys(impairment.senders, impairment.delay))
        if self.has_netem:
            return
        wires.set_bridged(link, ("a", "b"), bridged=False)
        self.relays[link.number] = relay.start(link, impairment)

    def _undelay(self, link: Link, present: Sequence[str]) -> None:
        pid = self.relays.pop(link.number, None)
        if pid is not None:
            with suppress(ProcessLookupError):  # it ended with a device that vanished, and was reaped
                os.kill(pid, signal.SIGKILL)
            wires.set_bridged(link, present, bridged=True)
        elif self.has_netem:
            wires.set_netem(link, dict.fromkeys(present, 0.0))
