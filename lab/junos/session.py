"""A NETCONF session: framing, the hello, and one request after the other."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any, Protocol

import asyncssh
from lxml import etree

from lab.junos import gate
from lab.junos.cli.terminal import NOT_DATA
from lab.junos.router import ManagementSession, Router
from lab.junos.rpc.dispatch import dispatch, request_name
from lab.junos.rpc.registry import Call, SessionEnd
from lab.junos.rpc.reply import END, Part, RpcFailure, envelope, failure, goodbye, hello, rpc_error

MAX_MESSAGE = 64 << 20
READ_SIZE = 1 << 16
log = logging.getLogger(__name__)


class TooLong(Exception):
    """A message that is longer than any configuration."""


class Reader(Protocol):
    """A byte stream: an SSH channel's, or asyncio's."""

    async def read(self, n: int = -1, /) -> bytes:
        """Up to `n` bytes; nothing at the end."""


async def frames(stdin: Reader) -> AsyncIterator[bytes]:
    """The messages of a base:1.0 stream, until its end."""
    buffer = bytearray()
    searched = 0
    while True:
        try:
            data = await stdin.read(READ_SIZE)
        except NOT_DATA:
            continue
        if not data:
            return
        buffer += data
        while (end := buffer.find(END, searched)) >= 0:
            yield bytes(buffer[:end]).strip()
            del buffer[: end + len(END)]
            searched = 0
        searched = max(0, len(buffer) - len(END))
        if len(buffer) > MAX_MESSAGE:
            raise TooLong


def parse_request(message: bytes) -> etree._Element:
    """Parse one message and strip all namespaces; raises RpcFailure when it is not well-formed XML."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True, huge_tree=True
    )
    try:
        root = etree.fromstring(message, parser)
    except etree.XMLSyntaxError as error:
        raise RpcFailure(rpc_error(f"parse error: {error.msg}", tag="malformed-message")) from None
    for node in root.iter("*"):
        if isinstance(node.tag, str) and node.tag.startswith("{"):
            node.tag = node.tag.partition("}")[2]
    return root


def echoed(root: etree._Element) -> dict[str, str]:
    """The attributes of a request as the reply repeats them: declared prefixes, then the rest with its prefix."""
    prefixes = {uri: prefix for prefix, uri in root.nsmap.items() if prefix and prefix != "junos"}
    found = {f"xmlns:{prefix}": uri for uri, prefix in prefixes.items()}
    for name, value in root.attrib.items():
        space, _, local = str(name).rpartition("}")
        prefix = prefixes.get(space.removeprefix("{"))
        if prefix or not space:
            found[f"{prefix}:{local}" if prefix else local] = str(value)
    return found


class NetconfSession:
    """Serves one channel; `run` returns when the client has gone, was killed or said goodbye."""

    def __init__(
        self,
        router: Router,
        connection: asyncssh.SSHServerConnection,
        user: str,
        stdin: asyncssh.SSHReader[bytes],
        stdout: asyncssh.SSHWriter[bytes],
    ) -> None:
        self._router = router
        self._connection = connection
        self._user = user
        self._stdin = stdin
        self._stdout = stdout

    async def run(self) -> None:
        """Hello, then requests in the order they arrive; the datastore's session ends with the channel."""
        peer = self._connection.get_extra_info("peername")
        address = peer[0] if peer else "unknown"
        session = await self._router.open_session(self._user, "netconf", address, self._connection.abort)
        try:
            if await self._greet(session):
                async for message in frames(self._stdin):
                    if message and not await self._answer(session, message):
                        break
        except (asyncssh.Error, OSError, TooLong) as error:
            log.info("%s: session %d: %s", self._router.initial_hostname, session.pid, error)
        finally:
            await self._router.close_session(session)
            channel: Any = self._stdout.channel
            channel.exit(0)  # closes it too; without a status OpenSSH's client ends with 255

    async def _greet(self, session: ManagementSession) -> bool:
        """Send the hello; False when a fault ends the session here."""

        async def greeting() -> bytes:
            return hello(session.pid, self._user, self._router.hostname)

        try:
            self._stdout.write(await gate.execute(self._router, session, "hello", "plain", greeting))
        except gate.Undelivered as lost:
            return self._undelivered(lost)
        return True

    def _undelivered(self, lost: gate.Undelivered) -> bool:
        """Play the loss of an answer; False when the session is over."""
        if lost.fate is gate.Fate.DROPPED:
            self._connection.abort()
            return False
        return True

    async def _answer(self, session: ManagementSession, message: bytes) -> bool:
        """Serve one message; False when the session is over."""
        attributes: dict[str, str] = {}
        parts: list[Part]
        alive = True
        try:
            root = parse_request(message)
            if root.tag == "hello":
                return True
            attributes = echoed(root)
            parts = await self._execute(session, root)
        except RpcFailure as error:
            parts = list(error.parts)
        except SessionEnd as end:
            parts, alive = end.parts, False
        except gate.Undelivered as lost:
            return self._undelivered(lost)
        self._stdout.write(envelope(parts, attributes))
        if not alive:
            self._stdout.write(goodbye(self._user, self._router.hostname))
        await self._stdout.drain()
        return alive

    async def _execute(self, session: ManagementSession, root: etree._Element) -> list[Part]:
        requests = root.findall("*")
        if root.tag != "rpc" or not requests:
            raise failure("syntax error", bad_element=str(root.tag))
        if len(requests) > 1:
            raise failure("syntax error, one request per rpc is expected", bad_element=str(requests[1].tag))
        call = Call(self._router, session, requests[0])
        name, variant = request_name(call.rpc)
        return await gate.execute(self._router, session, name, variant, lambda: dispatch(call))
