# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exporter's hands: one session with a router, kept open, that answers a collector's questions with samples.

A hand only reads. It raises RouterFault when the router cannot be asked; a question that this router does not know is
left out. After a fault, `drop` and ask again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import jxmlease
import paramiko
from lxml import etree

from ansible_collections.fairway.backbone.plugins.module_utils import metrics_replies as replies
from ansible_collections.fairway.backbone.plugins.module_utils.metrics import Sample, bgp_samples, ospf_samples
from ansible_collections.fairway.backbone.plugins.module_utils.metrics_config import (
    Settings,
    Target,
    path_samples,
    steered_by_cost,
    steered_by_marker,
)
from ansible_collections.fairway.backbone.plugins.module_utils.state import frr_state
from ansible_collections.fairway.backbone.plugins.plugin_utils import junos_state
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_hostkeys import DEFAULT_FILES
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_session import JunosSession
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_ssh import SshOptions, connect, hang_up
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault

COLLECTORS = ("fast", "slow")
"""fast: probes, interfaces and OSPF costs of paths; slow: BGP, OSPF, every interface, steering markers."""

_REPLY_MAX = 64 * 1024 * 1024


class Hand(Protocol):
    """One session for one collector of one router."""

    def look(self) -> list[Sample]: ...

    def drop(self) -> None: ...


def hand(target: Target, settings: Settings, collector: str) -> Hand:
    """The hand for a router's platform; nothing is opened yet."""
    options = SshOptions(
        router=target.name,
        host=target.address,
        port=target.port,
        user=target.user,
        password=target.password,
        private_key_file=target.private_key_file,
        connect_timeout=settings.connect_timeout,
        command_timeout=settings.timeout if collector == "fast" else settings.slow_timeout,
        ssh_config=settings.ssh_config,
        known_hosts=settings.known_hosts or DEFAULT_FILES,
    )
    kind = JunosHand if target.platform == "junos" else FrrHand
    return kind(target, options, collector)


class JunosHand:
    """NETCONF through PyEZ. What a router refuses (a feature that is not configured) is no fault."""

    def __init__(self, target: Target, options: SshOptions, collector: str) -> None:
        self.target, self.collector = target, collector
        self.session = JunosSession(options)

    def look(self) -> list[Sample]:
        self.session.open()
        return list(self._fast() if self.collector == "fast" else self._slow())

    def drop(self) -> None:
        self.session.drop()

    def _ask(self, request: Any) -> Any:
        """The reply as nested mappings, empty when the router refuses."""
        try:
            root = self.session.get(request)
        except RouterFault as fault:
            if fault.kind != "rejected":
                raise
            return {}
        reply = jxmlease.parse_etree(root)
        return reply.get("rpc-reply", {}) if isinstance(reply, dict) else {}

    def _fast(self) -> Iterable[Sample]:
        name = self.target.name
        yield from path_samples(self.target)
        costs = replies.junos_costs(self._ask(_request("get-ospf-interface-information", detail="")))
        yield from replies.cost_samples(name, costs)
        yield from steered_by_cost(self.target, costs)
        for port in sorted({member.interface.partition(".")[0] for member in self.target.members} - {""}):
            request = _request("get-interface-information", extensive="", **{"interface-name": port})
            yield from replies.junos_interface_samples(name, self._ask(request))
        # Last, right before the scrape that the look is timed for: on these a sick path is seen.
        yield from replies.rpm_samples(name, self._ask("get-probe-results"))

    def _slow(self) -> Iterable[Sample]:
        name = self.target.name
        state = junos_state.collect(self.session, ("bgp", "ospf"))
        yield from bgp_samples(name, state["bgp"])
        yield from ospf_samples(name, state["ospf"])
        yield from replies.junos_interface_samples(name, self._ask(_request("get-interface-information", extensive="")))
        if any(member.action != "ospf_cost" for member in self.target.members):
            request = _request("get-configuration")
            request.set("database", "committed")
            wanted = etree.SubElement(request, "configuration")
            for part in ("policy-options", "routing-options"):
                etree.SubElement(wanted, part)
            reply = self._ask(request)
            if isinstance(reply, Mapping) and "configuration" in reply:  # a login that may not read it knows nothing
                yield from steered_by_marker(self.target, replies.junos_markers(reply))


def _request(name: str, **children: str) -> Any:
    element = etree.Element(name)
    for child, text in children.items():
        etree.SubElement(element, child).text = text or None
    return element


_LINKS = "ip -json -stats link show"
_SHOW = {
    "bgp": "show bgp summary json",
    "ospf": "show ip ospf neighbor json",
    "ospf6": "show ipv6 ospf6 neighbor json",
    "ospf_interfaces": "show ip ospf interface json",
    "ospf6_interfaces": "show ipv6 ospf6 interface json",
}
_FAST = ("ospf_interfaces",)
_SLOW = ("bgp", "ospf", "ospf6", "ospf_interfaces", "ospf6_interfaces")
_PART = "@@fairway-part "


class FrrHand:
    """`ip` and vtysh over one SSH connection that stays open; each look is one channel of it and one shell."""

    def __init__(self, target: Target, options: SshOptions, collector: str) -> None:
        self.target, self.collector, self.options = target, collector, options
        self._transport: paramiko.Transport | None = None

    def look(self) -> list[Sample]:
        return self.samples(self._run(self.script()))

    def samples(self, parts: Mapping[str, str]) -> list[Sample]:
        """What the parts of the script's output say."""
        return list(self._fast(parts) if self.collector == "fast" else self._slow(parts))

    def drop(self) -> None:
        if self._transport is not None:
            hang_up(self._transport)
            self._transport = None

    def script(self) -> str:
        """A shell script whose output is in parts, each under a line that names it."""
        names = _FAST if self.collector == "fast" else _SLOW
        lines = [f"echo '{_PART}{name}'; {self.target.vtysh} -c '{_SHOW[name]}'" for name in names]
        if self.collector == "fast":
            lines.append(f"echo '{_PART}links'; {_LINKS}")
        elif any(member.action != "ospf_cost" for member in self.target.members):
            # No such part from a login that may not read it: not known is not 'not steered'.
            newest = f"newest=$(ls -d {self.target.commits}/*.conf 2>/dev/null | tail -n 1)"
            lines.append(f"{newest}; if [ -r \"$newest\" ]; then echo '{_PART}markers'")
            lines.append("grep '^! fairway-steering' \"$newest\"; fi")
        return "\n".join([*lines, f"echo '{_PART}end'"])

    def _run(self, script: str) -> dict[str, str]:
        parts = split_parts(self._output(script))
        if "end" not in parts:
            raise RouterFault("lost", f"{self.options.where}: the session ended in the middle of an answer")
        return parts

    def _output(self, script: str) -> str:
        if self._transport is None or not self._transport.is_active():
            self._transport = self._connect()
        limit = self.options.command_timeout
        try:
            with self._transport.open_session(timeout=limit) as channel:
                channel.settimeout(limit)
                channel.exec_command(script)
                channel.shutdown_write()
                return _read_all(channel)
        except TimeoutError as error:
            raise RouterFault("timeout", f"{self.options.where}: no answer within {limit:g} s") from error
        except (paramiko.SSHException, EOFError, OSError) as error:
            reason = str(error) or type(error).__name__
            raise RouterFault("lost", f"{self.options.where}: the session ended: {reason}") from error

    def _connect(self) -> paramiko.Transport:
        try:
            return connect(self.options)
        except RouterFault as fault:
            if fault.kind != "refused":
                raise
            # The transport's own advice is about NETCONF.
            message = f"{self.options.where}: connection refused: does sshd run there, and is the port right?"
            raise RouterFault("refused", message) from fault

    def _fast(self, parts: Mapping[str, str]) -> Iterable[Sample]:
        name = self.target.name
        yield from path_samples(self.target)
        costs = replies.frr_costs(_json(parts.get("ospf_interfaces")))
        yield from replies.cost_samples(name, costs)
        yield from steered_by_cost(self.target, costs)
        yield from replies.frr_interface_samples(name, _json(parts.get("links")))

    def _slow(self, parts: Mapping[str, str]) -> Iterable[Sample]:
        raw = {name: _json(parts.get(name)) for name in _SLOW}
        state = frr_state({"gathered": ["bgp", "ospf"], **{k: v for k, v in raw.items() if isinstance(v, dict)}})
        yield from bgp_samples(self.target.name, state["bgp"])
        yield from ospf_samples(self.target.name, state["ospf"])
        if "markers" in parts:
            yield from steered_by_marker(self.target, replies.frr_markers(parts["markers"]))


def split_parts(output: str) -> dict[str, str]:
    """A script's output by the names of its parts."""
    parts: dict[str, str] = {}
    for part in output.split(_PART)[1:]:
        name, _newline, text = part.partition("\n")
        parts[name.strip()] = text
    return parts


def _read_all(channel: paramiko.Channel) -> str:
    pieces: list[bytes] = []
    size = 0
    while piece := channel.recv(65536):
        pieces.append(piece)
        size += len(piece)
        if size > _REPLY_MAX:
            raise OSError(f"more than {_REPLY_MAX} octets of an answer")
    return b"".join(pieces).decode(errors="replace")


def _json(text: str | None) -> Any:
    """What a tool answered; None when it is no JSON (a daemon that does not run answers nothing)."""
    try:
        return json.loads(text or "null")
    except (ValueError, RecursionError):
        return None
