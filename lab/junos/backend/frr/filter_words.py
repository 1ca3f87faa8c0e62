"""Names of protocols, ports and ICMP types in Junos firewall filters, as numbers."""

from __future__ import annotations

import re

_PROTOCOLS = {
    "icmp": 1, "igmp": 2, "ipip": 4, "tcp": 6, "egp": 8, "udp": 17, "rsvp": 46, "gre": 47, "esp": 50, "ah": 51,
    "icmp6": 58, "icmpv6": 58, "ospf": 89, "pim": 103, "vrrp": 112, "sctp": 132,
}  # fmt: skip
_PORTS = {
    "ftp-data": 20, "ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25, "tacacs": 49, "domain": 53, "dhcp": 67,
    "bootps": 67, "bootpc": 68, "tftp": 69, "http": 80, "pop3": 110, "ntp": 123, "imap": 143, "snmp": 161,
    "netconf-ssh": 830,
    "snmptrap": 162, "bgp": 179, "ldp": 646, "https": 443, "syslog": 514, "radius": 1812, "radacct": 1813,
}  # fmt: skip
_ICMP = {
    "echo-reply": 0, "unreachable": 3, "source-quench": 4, "redirect": 5, "echo-request": 8, "router-advertisement": 9,
    "router-solicit": 10, "time-exceeded": 11, "parameter-problem": 12, "timestamp": 13, "timestamp-reply": 14,
}  # fmt: skip
_ICMP6 = {
    "destination-unreachable": 1, "packet-too-big": 2, "time-exceeded": 3, "parameter-problem": 4, "echo-request": 128,
    "echo-reply": 129, "membership-query": 130, "membership-report": 131, "membership-termination": 132,
    "router-solicit": 133, "router-advertisement": 134, "neighbor-solicit": 135, "neighbor-advertisement": 136,
    "redirect": 137,
}  # fmt: skip
_NUMBERS = re.compile(r"^\d+(?:-\d+)?$")


class FilterWordError(ValueError):
    """A word that has no number here; the text is the word."""


def _number(text: str, names: dict[str, int]) -> str:
    if _NUMBERS.match(text):
        return text
    if text not in names:
        raise FilterWordError(text)
    return str(names[text])


def protocol(text: str) -> str:
    """`tcp` as 6."""
    return _number(text, _PROTOCOLS)


def port(text: str) -> str:
    """`bgp` as 179; a range stays a range."""
    return _number(text, _PORTS)


def icmp_type(text: str, family: str) -> str:
    """`echo-request` as 8, or 128 in inet6."""
    return _number(text, _ICMP if family == "inet" else _ICMP6)
