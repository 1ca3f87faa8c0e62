"""The same topology for containerlab, for people who own vendor images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.errors import LabError
from lab.hosts import frrconf
from lab.topology import Host, Topology


@dataclass(frozen=True)
class Images:
    """Container images and containerlab's name for the kind of Junos node."""

    junos: str
    junos_kind: str
    frr: str


def containerlab(topology: Topology, images: Images, config_directory: str | None) -> str:
    """Return a containerlab topology as YAML.

    ``config_directory``, relative to the file, is where the carriers' and probes' frr.conf are mounted from.
    Logical interfaces that share a physical one share its link: containerlab's routers make their own VLANs.
    """
    import yaml

    nodes = {host.name: _node(host, images, config_directory) for host in topology.hosts if host.role != "controller"}
    data = {
        "name": "fairway",
        "mgmt": _management(topology),
        "topology": {"nodes": nodes, "links": [{"endpoints": ends} for ends in _endpoints(topology)]},
    }
    text: str = yaml.safe_dump({key: value for key, value in data.items() if value}, sort_keys=False, width=120)
    return text


def write_containerlab(topology: Topology, images: Images, target: Path) -> None:
    """Write the topology and, beside it in FILE's name + ".d", what carriers and probes boot with."""
    directory = target.with_name(target.name + ".d")
    try:
        for host in topology.hosts:
            if host.role in ("carrier", "probe"):
                own = directory / host.name
                own.mkdir(parents=True, exist_ok=True)
                (own / "frr.conf").write_text(frrconf.configuration(host, topology), encoding="utf-8")
                (own / "daemons").write_text(frrconf.daemons_file(host), encoding="utf-8")
        target.write_text(containerlab(topology, images, directory.name), encoding="utf-8")
    except OSError as error:
        raise LabError(f"export: {error}") from None


def _management(topology: Topology) -> Mapping[str, Any]:
    import ipaddress

    networks = sorted({str(ipaddress.ip_interface(one.management).network) for one in topology.hosts if one.management})
    return {"network": "fairway-mgmt", "ipv4-subnet": networks[0]} if networks else {}


def _node(host: Host, images: Images, config_directory: str | None) -> dict[str, Any]:
    node: dict[str, Any] = {"kind": "linux", "image": images.frr}
    if host.is_junos:
        node = {"kind": images.junos_kind, "image": images.junos}
    elif host.role in ("carrier", "probe") and config_directory:
        node["binds"] = [f"{config_directory}/{host.name}/{name}:/etc/frr/{name}" for name in ("frr.conf", "daemons")]
    if host.management_address:
        node["mgmt-ipv4"] = host.management_address
    return node


def _endpoints(topology: Topology) -> list[list[str]]:
    found: list[list[str]] = []
    for link in topology.links:
        ends = [f"{host}:{interface.partition('.')[0]}" for host, interface in (link.a, link.b)]
        if ends not in found:
            found.append(ends)
    return found
