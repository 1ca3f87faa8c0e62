# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One NETCONF session with a Junos router: a PyEZ Device over our own, verified SSH transport, and raw replies."""

from __future__ import annotations

import contextlib
import logging
from typing import Any

import paramiko
from jnpr.junos.device import Device, DeviceSessionListener
from jnpr.junos.jxml import normalize_xslt
from lxml import etree
from ncclient.devices.junos import JunosDeviceHandler
from ncclient.manager import Manager
from ncclient.operations.rpc import RPC
from ncclient.transport.errors import TransportError
from ncclient.transport.session import END_DELIM, MSG_DELIM, NetconfBase
from ncclient.transport.ssh import SSHSession

from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_reply import Reply, parse_reply
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_ssh import SshOptions, connect, hang_up
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault

# ncclient logs whole messages, configurations and their secrets included, and Ansible's log_path would keep them.
# What paramiko reports as an error comes to the user as a RouterFault.
logging.getLogger("ncclient").setLevel(logging.CRITICAL)
logging.getLogger("paramiko").setLevel(logging.CRITICAL)

_CLOSE_S = 3.0


class _Session(SSHSession):
    """ncclient's session on a transport that is already open.

    Its thread looks for messages to send every TICK (0.1 s), which would cost every RPC that much. Once the greeting
    is over, messages are written by the caller, so its thread only reads, and wakes at once when there is something.
    """

    def __init__(self, handler: JunosDeviceHandler, transport: paramiko.Transport, timeout: float) -> None:
        super().__init__(handler)
        self._transport = transport
        self._host = transport.getpeername()[0] if hasattr(transport.sock, "getpeername") else None
        self._connected = True
        self._channel = transport.open_session(timeout=timeout)
        try:
            self._channel.invoke_subsystem("netconf")
        except paramiko.SSHException:
            handler.handle_connection_exceptions(self)
        self._channel.settimeout(timeout)
        self._post_connect(timeout)
        self.parser = handler.get_xml_parser(self)

    def send(self, message: str) -> None:
        if not self.is_alive():
            super().send(message)
            return
        data = message.encode()
        if self._base == NetconfBase.BASE_11:
            data = b"\n#%d\n%s%s" % (len(data), data, END_DELIM)
        else:
            data += MSG_DELIM
        try:
            self._channel.sendall(data)
        except OSError as error:
            raise TransportError(str(error)) from error


class _Device(Device):
    """PyEZ's Device on a session of ours: facts, op tables, `rpc`, `cli` and utilities work as always."""

    def __init__(self, options: SshOptions) -> None:
        # The user's ssh_config was read for the transport; PyEZ is not to apply it a second time.
        super().__init__(
            host="router", user=options.user, port=options.port, gather_facts=False, ssh_config="/dev/null"
        )
        self._hostname = options.host
        self._hostkey_verify = options.check_host_key

    def adopt(self, manager: Manager, timeout: float) -> None:
        self._conn = manager
        manager._session.add_listener(DeviceSessionListener(self))
        self.connected = True
        self.timeout = timeout
        self._nc_transform = self.transform
        self._norm_transform = normalize_xslt.encode


class JunosSession:
    """A session that opens on first use. Every failure is a RouterFault; after `lost` only `reopen` or `close` help."""

    def __init__(self, options: SshOptions) -> None:
        self.options = options
        self._device: _Device | None = None
        self._session: _Session | None = None
        self._handler = JunosDeviceHandler({"name": "junos"})

    @property
    def device(self) -> Device:
        """The PyEZ Device of this session."""
        self.open()
        return self._device

    @property
    def session_id(self) -> str:
        """The router's name for this session (a pid), empty while closed."""
        return str(self._session.id or "") if self._session else ""

    def open(self) -> None:
        """Connect, log in and exchange hellos, unless that is done."""
        if self._session is not None:
            return
        transport = connect(self.options)
        try:
            session = _Session(self._handler, transport, self.options.connect_timeout)
        # ncclient's errors have no common base.
        except Exception as error:
            hang_up(transport)
            reason = " ".join(str(error).split()) or type(error).__name__
            raise RouterFault(
                "unreachable",
                f"{self.options.where}: SSH works, but NETCONF does not answer ({reason}): "
                "is 'system services netconf ssh' configured, and the port the NETCONF one?",
            ) from error
        self._session = session
        self._device = _Device(self.options)
        manager = Manager(session, self._handler, timeout=self.options.command_timeout)
        self._device.adopt(manager, self.options.command_timeout)

    def call(self, request: Any, timeout: float | None = None) -> Reply:
        """Send one RPC (an element or its name) and return the reply, errors included as data.

        Raises RouterFault `lost` when no reply came: the router may or may not have done it.
        """
        self.open()
        element = etree.Element(request) if isinstance(request, str) else request
        limit = timeout or self.options.command_timeout
        rpc = RPC(self._session, self._handler, async_mode=True, timeout=limit, huge_tree=True)
        try:
            rpc._request(element)
        except TransportError as error:
            raise self._lost(element, f"the session ended ({error})") from error
        if not rpc.event.wait(limit):
            raise self._lost(element, f"no reply within {limit:g} s")
        if rpc.error is not None:
            raise self._lost(element, "the session ended before the reply")
        try:
            return parse_reply(rpc.reply.xml)
        except etree.XMLSyntaxError as error:
            raise self._lost(element, f"the reply is not XML ({error})") from error

    def _lost(self, element: Any, why: str) -> RouterFault:
        return RouterFault("lost", f"{self.options.where}: <{element.tag}>: {why}")

    def get(self, request: Any, timeout: float | None = None) -> Any:
        """Like `call`, for the reply's tree: any error of the router raises RouterFault `rejected`."""
        reply = self.call(request, timeout)
        if reply.errors:
            name = request if isinstance(request, str) else request.tag
            raise RouterFault("rejected", f"{self.options.router}: <{name}>: {reply.message}", reply.errors)
        return reply.root

    def drop(self) -> None:
        """Hang up without a word: what a session that no longer answers deserves."""
        session, self._session = self._session, None
        if self._device is not None:
            self._device.connected = False
            self._device = None
        if session is not None:
            with contextlib.suppress(Exception):
                session.close()
            hang_up(session.transport)

    def close(self) -> None:
        """End the session politely; never raises."""
        if self._session is not None and self._session.connected:
            with contextlib.suppress(RouterFault):
                self.call("close-session", _CLOSE_S)
        self.drop()
