"""The cabling: a pair of veth per link that meet on a bridge in the lab's own namespace.

A host sees one device per logical link. Its other end sits on a two-port bridge outside the host, and there a link is
impaired: routers cannot see the impairment, cannot clear it with their own nft rules, and a cut takes the carrier away
from both ends while both stay administratively up, as a cut fibre does.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence

from lab.errors import LabError
from lab.topology import Host, Link, Topology

WIRE_MTU = 9600
"""Wires carry what the hosts' own MTUs let through (lab.build refuses more than 9500)."""

MANAGEMENT_BRIDGE = "mgmt"

# A hub rather than a switch: no spanning tree, no snooping, no learning (an address may move between the ends), and
# link-local groups such as LLDP's are forwarded.
_HUB = "type bridge stp_state 0 mcast_snooping 0 ageing_time 0 forward_delay 0 group_fwd_mask 65528"


def run_batch(lines: Iterable[str], program: Sequence[str] = ("ip", "-batch", "-")) -> None:
    """Feed lines to ``ip -batch``. Raises LabError with the tool's own words and the failing line's number."""
    text = "\n".join(lines) + "\n"
    done = subprocess.run(list(program), input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"{' '.join(program)}: {done.stderr.strip()}\n{text}")


def build_bridges(topology: Topology) -> None:
    """Create the management bridge and one bridge per link; runs in the lab's namespace, once."""
    lines = ["link set lo up", f"link add name {MANAGEMENT_BRIDGE} {_HUB}", f"link set {MANAGEMENT_BRIDGE} up"]
    for link in topology.links:
        lines += [f"link add name w{link.number} mtu {WIRE_MTU} {_HUB}", f"link set w{link.number} up"]
    run_batch(lines)


def connect_host(topology: Topology, host: Host) -> None:
    """Give a host's (new) network namespace its devices and plug their other ends in."""
    lines = []
    if host.management:
        lines += _wire(MANAGEMENT_BRIDGE, _management_port(topology, host), host.name, host.management_device, 1500)
    for link, side, interface_name in _ends(topology, host):
        interface = host.interface(interface_name)
        assert interface is not None
        lines += _wire(f"w{link.number}", link.port(side), host.name, interface.device, interface.mtu)
    run_batch(lines)


def disconnect_host(topology: Topology, host: Host) -> None:
    """Remove a host's devices; their other ends go with them."""
    lines = [f"link del {_management_port(topology, host)}"] if host.management else []
    run_batch([*lines, *(f"link del {link.port(side)}" for link, side, _ in _ends(topology, host))])


def _management_port(topology: Topology, host: Host) -> str:
    return f"m{topology.hosts.index(host)}"


def _ends(topology: Topology, host: Host) -> Iterator[tuple[Link, str, str]]:
    for link in topology.links:
        for side, (name, interface) in (("a", link.a), ("b", link.b)):
            if name == host.name:
                yield link, side, interface


def _wire(bridge: str, port: str, host: str, device: str, mtu: int) -> list[str]:
    peer = f"peer name {device} address {hardware_address(host, device)} netns {host} mtu {mtu}"
    return [
        f"link add name {port} mtu {WIRE_MTU} type veth {peer}",
        f"link set {port} master {bridge}",
        f"link set {port} up",
    ]


def hardware_address(host: str, device: str) -> str:
    """A device's address, the same at every boot: a neighbour that still knows the old one would send into the void."""
    digest = hashlib.sha256(f"{host} {device}".encode()).digest()
    return ":".join(f"{byte:02x}" for byte in (0x02, *digest[:5]))


def set_carrier(link: Link, sides: Iterable[str], *, up: bool) -> None:
    """Plug the given ends of a link in or cut them off: their hosts see the carrier come or go."""
    run_batch(f"link set {link.port(side)} {'up' if up else 'down'}" for side in sides)


def set_bridged(link: Link, sides: Iterable[str], *, bridged: bool) -> None:
    """Put a link's ports on their bridge, or take them off it for a relay to carry their frames."""
    where = f"master w{link.number}" if bridged else "nomaster"
    run_batch(f"link set {link.port(side)} {where}" for side in sides)


def set_netem(link: Link, delays: Mapping[str, float]) -> bool:
    """Have the kernel delay what each side ("a", "b") sends by so many seconds; returns whether it can."""
    other = {"a": "b", "b": "a"}
    for side, delay in delays.items():
        port = link.port(other[side])  # what one side sends leaves by the other side's port
        verb = ["replace", "dev", port, "root", "netem", "delay", f"{delay * 1e6:.0f}us", "limit", "100000"]
        done = subprocess.run(
            ["tc", "qdisc", *(verb if delay else ["del", "dev", port, "root"])], capture_output=True, check=False
        )
        if delay and done.returncode != 0:
            return False
    return True


def host_devices_up(host: Host) -> list[str]:
    """The ``ip -batch`` lines a host runs when it boots: every device up, the management address set."""
    lines = ["link set lo up"]
    if host.management:
        lines.append(f"addr replace {host.management} dev {host.management_device}")
        lines.append(f"link set {host.management_device} up")
    lines += [f"link set {one.device} up" for one in host.interfaces if one.peer]
    return lines
