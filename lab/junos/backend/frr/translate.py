"""A whole Junos configuration as FRR configuration.

What is carried: see `docs/lab-junos.md`; what is refused is refused by name. NOT_CARRIED lists statements that the
configuration engine accepts and that have no effect on packets here.
"""

from __future__ import annotations

from lab.junos.backend.base import Refusal
from lab.junos.backend.frr.bgp import add_bgp
from lab.junos.backend.frr.context import Translation
from lab.junos.backend.frr.lines import FrrConfig
from lab.junos.backend.frr.ospf import add_ospf
from lab.junos.backend.frr.rpm import refuse_probes
from lab.junos.backend.frr.static import add_static
from lab.junos.backend.frr.unsupported import refuse_unsupported
from lab.junos.backend.reading import Node, node

NOT_CARRIED: dict[str, str] = {
    "interfaces <*> hold-time, damping": "links change state at once",
    "interfaces <*> speed, link-mode, gigether-options, optics-options": "a link is a veth pair",
    "interfaces aeN aggregated-ether-options, gigether-options 802.3ad": "an aggregate is one link; there is no LACP",
    "interfaces <*> unit <*> vlan-id, vlan-tags": "every unit is a link of its own; frames carry no tag",
    "interfaces <*> unit <*> family iso, mpls": "no IS-IS and no MPLS; protocols isis, mpls, ldp, rsvp are refused",
    "interfaces <*> unit <*> family inet rpf-check, vrrp-group, arp, sampling, policer": "no effect",
    "interfaces <*> unit <*> family <*> filter": "only the input filter of lo0 is enforced",
    "firewall ... then sample, port-mirror, dscp, forwarding-class, loss-priority": "no effect",
    "routing-options static route <*> metric, retain, active, install": "FRR's static routes have none of these",
    "routing-options forwarding-table export": "equal-cost paths are always shared by flow",
    "routing-options nonstop-routing, graceful-restart, options": "one routing engine",
    "protocols bgp ... keep, log-updown, mtu-discovery, tcp-mss, advertise-inactive": "no effect",
    "protocols bgp ... graceful-restart, no-aggregator-id, enforce-first-as, precision-timers": "FRR's own defaults",
    "protocols bgp ... prefix-limit": "counts the prefixes that policies accept, as accepted-prefix-limit",
    "protocols bgp ... idle-after-switch-over, local-as loops, local-as alias, no-advertise-peer-as": "no effect",
    "protocols ospf|ospf3 spf-options rapid-runs": "the wait grows from delay to holddown with every run",
    "protocols ospf|ospf3 no-rfc-1583, graceful-restart, te-metric": "FRR's own defaults",
    "protocols ospf|ospf3 area <*> interface <*> transit-delay, flood-reduction": "FRR's own defaults",
    "bfd-liveness-detection version, thresholds, no-adaptation, holddown-interval, session-mode": "no effect",
    "protocols ospf area <*> interface lo0.0 metric": "FRR announces a loopback with metric 0",
    "protocols lldp": "the protocol does not run; show lldp is refused",
    "traceoptions": "nothing is traced",
    "services rpm probe <*> test <*> thresholds, traps": "results show them; nothing is logged or trapped",
    "services rpm ... hardware-timestamp, one-way-hardware-timestamp": "the kernel's time stamps are used",
    "chassis, event-options, snmp, system ntp, system syslog": "no daemon behind them",
}
"""Statement → what happens instead."""

REFUSED_PROTOCOLS = ("isis", "mpls", "ldp", "rsvp", "router-advertisement")


def translate(data: Node) -> tuple[FrrConfig, list[Refusal]]:
    """FRR's configuration for a Junos configuration (`active_data`), and what could not be translated."""
    t = Translation(data)
    protocols = node(data, "protocols")
    for name in REFUSED_PROTOCOLS:
        if name in protocols:
            t.refuse("protocols", f"protocol {name} is not supported by this data plane", name)
    if "confederation" in node(data, "routing-options"):
        t.refuse("routing-options", "confederation is not supported by this data plane", "confederation")
    t.definition("global").add("bgp route-map delay-timer 1", undo="no bgp route-map delay-timer")
    refuse_unsupported(t)
    refuse_probes(t)
    add_static(t)
    add_ospf(t, 2)
    add_ospf(t, 3)
    add_bgp(t)
    return _definitions_first(t.config), t.refusals


def _definitions_first(config: FrrConfig) -> FrrConfig:
    """The same sections with lists before route-maps before protocols."""
    ordered = FrrConfig()
    rank = {"route-map": 1, "bfd": 0}
    definitions = [s for s in config.sections.values() if s.kind.value == "definition"]
    for section in sorted(definitions, key=lambda s: rank.get(s.key[0], 0)):
        ordered.add(section)
    for section in config.sections.values():
        ordered.add(section)
    return ordered
