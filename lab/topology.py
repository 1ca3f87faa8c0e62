"""What a lab consists of: hosts, their logical interfaces, and the links between them. Plain data, stored as JSON."""

from __future__ import annotations

import dataclasses
import ipaddress
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.errors import LabError

DEFAULT_MTU = 1500


@dataclass(frozen=True)
class Interface:
    """A logical interface.

    ``name`` is the router's own spelling (``ge-0/0/1.100``, ``eth1``), ``device`` the Linux device (see lab.names).
    Addresses are "address/length" text; ``mtu`` is in bytes and is the device's IP MTU; ``peer`` is (host, interface).
    """

    name: str
    device: str
    mtu: int = DEFAULT_MTU
    description: str = ""
    ipv4: tuple[str, ...] = ()
    ipv6: tuple[str, ...] = ()
    peer: tuple[str, str] | None = None


@dataclass(frozen=True)
class Host:
    """A member of the lab. ``role``: router, carrier, probe or controller; ``platform``: junos or frr."""

    name: str
    role: str
    platform: str
    management_device: str
    management: str | None
    loopback_ipv4: str | None = None
    loopback_ipv6: str | None = None
    interfaces: tuple[Interface, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_junos(self) -> bool:
        """Whether lab.junos serves this host."""
        return self.platform == "junos"

    def interface(self, name: str) -> Interface | None:
        """Return the interface of that router or Linux name."""
        return next((one for one in self.interfaces if name in (one.name, one.device)), None)

    @property
    def management_address(self) -> str | None:
        """The management address without its length."""
        return self.management.partition("/")[0] if self.management else None


@dataclass(frozen=True)
class Link:
    """A wire between two logical interfaces; ``number`` names its devices in the lab's own network namespace."""

    number: int
    a: tuple[str, str]
    b: tuple[str, str]
    description: str = ""

    def __str__(self) -> str:
        return f"{self.a[0]}:{self.a[1]} -- {self.b[0]}:{self.b[1]}"

    def end(self, host: str) -> str:
        """Return "a" or "b": which end a host is. Raises LabError when it is neither."""
        for side, (name, _) in (("a", self.a), ("b", self.b)):
            if name == host:
                return side
        raise LabError(f"{host}: not an end of {self}")

    def port(self, side: str) -> str:
        """The device in the lab's namespace whose ingress sees what that side sends."""
        return f"w{self.number}{side}"


@dataclass(frozen=True)
class Topology:
    """A whole lab, checked: every link has two ends."""

    hosts: tuple[Host, ...]
    links: tuple[Link, ...]

    def host(self, name: str) -> Host:
        """Return a host. Raises LabError that lists the hosts there are."""
        for host in self.hosts:
            if host.name == name:
                return host
        raise LabError(f"{name}: no such host; the lab has {', '.join(host.name for host in self.hosts)}")

    def find_link(self, text: str) -> Link:
        """Return the link a user means: ``host:interface``, ``host--host``, or the beginning of a description.

        Raises LabError when none or several match; the text lists them.
        """
        matches = [link for link in self.links if self._matches(link, text.strip())]
        if len(matches) == 1:
            return matches[0]
        problem = f"link {text!r}: {'no such link' if not matches else f'{len(matches)} links match'}"
        listed = "\n".join(f"  {link}  ({link.description})" for link in matches or self.links)
        raise LabError(
            f"{problem}; write HOST:INTERFACE, HOST--HOST or the beginning of a description. Links:\n{listed}"
        )

    def _matches(self, link: Link, text: str) -> bool:
        if "--" in text:
            return {part.strip() for part in text.split("--")} == {link.a[0], link.b[0]}
        name, _, interface = text.partition(":")
        found = next((host for host in self.hosts if host.name == name), None)
        if found and interface:
            logical = found.interface(interface)
            return logical is not None and (name, logical.name) in (link.a, link.b)
        ends = [self.host(host).interface(interface) for host, interface in (link.a, link.b)]
        return bool(text) and any(end is not None and end.description.startswith(text) for end in ends)

    def save(self, path: Path) -> None:
        """Write the topology as JSON, readable by its owner only."""
        path.touch(mode=0o600)
        path.write_text(json.dumps(dataclasses.asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Topology:
        """Read what save() wrote."""
        data = json.loads(path.read_text(encoding="utf-8"))
        hosts = tuple(Host(**{**item, "interfaces": _interfaces(item["interfaces"])}) for item in data["hosts"])
        links = tuple(Link(**{**item, "a": tuple(item["a"]), "b": tuple(item["b"])}) for item in data["links"])
        return cls(hosts, links)


def _interfaces(items: Iterable[dict[str, Any]]) -> tuple[Interface, ...]:
    return tuple(
        Interface(
            **{
                **item,
                "ipv4": tuple(item["ipv4"]),
                "ipv6": tuple(item["ipv6"]),
                "peer": tuple(item["peer"]) if item["peer"] else None,
            }
        )
        for item in items
    )


def bare(address: str) -> str:
    """Return the address of "address/length" in its canonical spelling."""
    return str(ipaddress.ip_interface(address).ip)
