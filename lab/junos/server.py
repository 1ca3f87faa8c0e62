"""SSH in front of a router: who gets in, and what a channel becomes (NETCONF, shell, command, files)."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import asyncssh
from asyncssh.stream import SSHServerStreamSession

from lab.junos.cli import run_exec, run_shell
from lab.junos.cli.terminal import Terminal
from lab.junos.router import Router
from lab.junos.scp import FileServer
from lab.junos.session import NetconfSession

log = logging.getLogger(__name__)
LOGIN_TIMEOUT = 60
BACKLOG = 256
KEX = ["curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "diffie-hellman-group14-sha256"]
"""Cheap key exchanges only: hundreds of clients connect at once."""
NETCONF_COMMANDS = ("xml-mode netconf need-trailer", "xml-mode netconf", "netconf", "netconf need-trailer")


class Channel(SSHServerStreamSession[bytes]):
    """One session channel; only the subsystems that a router has are granted."""

    sftp = False

    def subsystem_requested(self, subsystem: str) -> bool:
        """`netconf` exists, and `sftp` where the configuration has it."""
        return subsystem == "netconf" or (subsystem == "sftp" and self.sftp)


class JunosServer(asyncssh.SSHServer):
    """One SSH connection to one router."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Remember the connection."""
        self._connection = conn
        self._router.connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        if self._connection is not None:
            self._router.connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        """Everybody has to authenticate."""
        return True

    def password_auth_supported(self) -> bool:
        """Passwords are offered."""
        return True

    def validate_password(self, username: str, password: str) -> bool:
        """Whether this password opens the door."""
        return self._router.authenticator.password_ok(username, password)

    def public_key_auth_supported(self) -> bool:
        """Keys are offered."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Whether this key opens the door."""
        return self._router.authenticator.key_ok(username, key)

    def session_requested(self) -> Any:
        """Open a channel; what it is for comes next."""
        conn = self._connection
        assert conn is not None
        user = str(conn.get_extra_info("username"))

        async def serve(stdin: Any, stdout: Any, stderr: Any) -> None:
            await serve_channel(self._router, conn, user, stdin, stdout, stderr)

        def files(channel: Any) -> FileServer:
            return FileServer(channel, self._router.files, user)

        channel = Channel(serve, files, 3, True)
        channel.sftp = self._router.offers_sftp
        return conn.create_server_channel(encoding=None), channel


async def serve_channel(
    router: Router,
    conn: asyncssh.SSHServerConnection,
    user: str,
    stdin: asyncssh.SSHReader[bytes],
    stdout: asyncssh.SSHWriter[bytes],
    stderr: asyncssh.SSHWriter[bytes],
) -> None:
    """Serve one channel until its end: NETCONF, one command, or an interactive CLI."""
    channel: Any = stdin.channel
    command = channel.get_command()
    if channel.get_subsystem() == "netconf" or (command or "").strip() in NETCONF_COMMANDS:
        await NetconfSession(router, conn, user, stdin, stdout).run()
        return
    terminal = Terminal(stdin, stdout, pty=channel.get_terminal_type() is not None)
    try:
        if command is not None:
            status = await run_exec(router, conn, user, terminal, command)
        else:
            status = await run_shell(router, conn, user, terminal)
        channel.exit(status)
    except (asyncssh.Error, OSError) as error:
        log.info("%s: shell of %s: %s", router.initial_hostname, user, error)
        channel.close()


class Port:
    """One listening address of a router, which can also refuse connections or swallow them."""

    def __init__(self, address: str, port: int, listen: Callable[[socket.socket], Awaitable[Any]]) -> None:
        self.address = address
        self.port = port
        self._listen = listen
        self._mode = "closed"
        self._acceptor: Any = None
        self._holders: list[socket.socket] = []
        self._changing = asyncio.Lock()

    async def become(self, mode: str) -> None:
        """`serve`, `refuse` (the port answers with a reset) or `silent` (nothing comes back at all)."""
        async with self._changing:
            if mode != self._mode:
                await self._release()
                await self._become(mode)
                self._mode = mode

    async def _become(self, mode: str) -> None:
        holder = self._bind()
        if mode == "serve":
            holder.listen(BACKLOG)
            self._acceptor = await self._listen(holder)
            return
        self._holders.append(holder)
        if mode == "silent":
            holder.listen(0)
            self._fill()

    async def close(self) -> None:
        """Stop listening."""
        await self._release()
        self._mode = "closed"

    async def _release(self) -> None:
        for holder in self._holders:
            holder.close()
        self._holders.clear()
        if self._acceptor is not None:
            self._acceptor.close()
            self._acceptor = None
            await asyncio.sleep(0)

    def _bind(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        made = socket.socket(family, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind((self.address, self.port))
        except OSError as error:
            made.close()
            raise OSError(error.errno, f"{self.address} port {self.port}: {error.strerror}") from None
        made.setblocking(False)
        self.port = made.getsockname()[1]
        return made

    def _fill(self) -> None:
        """Fill the accept queue: from then on the kernel drops a client's first packet, like a dead router."""
        for _ in range(2):
            filler = socket.socket(self._holders[0].family, socket.SOCK_STREAM)
            filler.setblocking(False)
            filler.connect_ex((self.address, self.port))
            self._holders.append(filler)


def make_port(router: Router, address: str, port: int, options: asyncssh.SSHServerConnectionOptions) -> Port:
    """A port that serves this router; port 0 takes a free one."""

    async def listen(sock: socket.socket) -> Any:
        return await asyncssh.listen(sock=sock, server_factory=lambda: JunosServer(router), options=options)

    return Port(address, port, listen)


def ssh_options(host_key: asyncssh.SSHKey) -> asyncssh.SSHServerConnectionOptions:
    """What all routers of a process share: the host key, algorithms, limits."""
    return asyncssh.SSHServerConnectionOptions(
        server_host_keys=[host_key],
        kex_algs=KEX,
        compression_algs=["none"],
        encoding=None,
        line_editor=False,
        login_timeout=LOGIN_TIMEOUT,
        server_version="OpenSSH_9.7-emulated",
        allow_scp=True,
        agent_forwarding=False,
    )


async def follow_reachability(router: Router, ports: list[Port]) -> None:
    """Put the ports into the state that the router's faults ask for."""
    mode = "serve"
    if router.faults.holds("blackhole"):
        mode = "silent"
    elif router.faults.holds("refuse-connect") or not router.power.up:
        mode = "refuse"
    for port in ports:
        await port.become(mode)
