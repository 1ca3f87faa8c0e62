"""A NETCONF channel without a client library, for tests of what goes over the wire."""

from __future__ import annotations

from typing import Any

import paramiko
from lxml import etree

from tests.lab.junos_emulator import PASSWORD, USER, Emulator

BASE = "urn:ietf:params:xml:ns:netconf:base:1.0"
END = b"]]>]]>"


class Wire:
    """Bytes in, messages out; `text` and `rpc` make requests of their arguments."""

    def __init__(self, emulator: Emulator, *, command: str | None = None, port: int | None = None) -> None:
        self.ssh = paramiko.SSHClient()
        self.ssh.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        self.ssh.connect("127.0.0.1", port or emulator.port, USER, PASSWORD, look_for_keys=False, allow_agent=False)
        transport = self.ssh.get_transport()
        assert transport is not None
        self.channel = transport.open_session()
        self.channel.settimeout(30)
        if command is None:
            self.channel.invoke_subsystem("netconf")
        else:
            self.channel.exec_command(command)
        self.buffer = b""
        self.hello = self.read()

    def send(self, data: bytes) -> None:
        self.channel.sendall(data)

    def read(self) -> bytes:
        while END not in self.buffer:
            data = self.channel.recv(65536)
            assert data, f"the channel ended; got {self.buffer!r}"
            self.buffer += data
        message, _, self.buffer = self.buffer.partition(END)
        return message.strip()

    def text(self, body: str, message_id: str = "1") -> str:
        """The reply to one request, as it came."""
        self.send(f'<rpc xmlns="{BASE}" message-id="{message_id}">{body}</rpc>'.encode() + END)
        return self.read().decode()

    def rpc(self, body: str, message_id: str = "1") -> Any:
        """The reply to one request, parsed."""
        return etree.fromstring(self.text(body, message_id))
