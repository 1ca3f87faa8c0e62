"""The interactive CLI: prompts, modes, and what a line does in each of them."""

from __future__ import annotations

import asyncssh

from lab.junos import gate
from lab.junos.cli import pipes
from lab.junos.cli.configure import ConfigureMode
from lab.junos.cli.operational import NO_COMMAND, reply_text, run_command
from lab.junos.cli.terminal import Terminal
from lab.junos.cli.unix import UnixShell
from lab.junos.router import ManagementSession, Router
from lab.junos.rpc.registry import Call
from lab.junos.rpc.reply import RpcFailure, element
from lab.junos.store import StoreError

EXIT = ("exit", "quit")


def error_text(failure: RpcFailure) -> str:
    """An RPC's errors as the CLI prints them."""
    lines = []
    for part in failure.parts:
        for error in part.iter("rpc-error"):
            message = (error.findtext("error-message") or "").strip().replace(NO_COMMAND, "unknown command")
            bad = error.findtext("error-info/bad-element")
            path = error.findtext("error-path")
            if path:
                lines.append(path)
            if path and bad:
                lines.append(f"  '{bad}'\n    {message}")
            else:
                severity = error.findtext("error-severity")
                lines.append(f"{severity}: {message}" + (f": {bad}" if bad else ""))
    return "\n".join(lines) + "\n"


class Cli:
    """One CLI session; feed it lines until `done`."""

    def __init__(self, router: Router, session: ManagementSession, terminal: Terminal) -> None:
        self.done = False
        self.failed = False
        self._router = router
        self._session = session
        self._terminal = terminal
        self._configure: ConfigureMode | None = None
        self._unix: UnixShell | None = None

    @property
    def prompt(self) -> str:
        """What the terminal shows before the next line."""
        if self._unix is not None:
            return self._unix.prompt
        name = f"{self._session.user}@{self._router.hostname}"
        if self._configure is not None:
            return f"\n{self._configure.banner}\n{name}# "
        return f"{name}> "

    async def line(self, text: str) -> None:
        """Do what a line says, and write what it prints."""
        try:
            output = await self._dispatch(text)
        except RpcFailure as error:
            self.failed = True
            output = error_text(error)
        except StoreError as error:
            self.failed = True
            output = f"error: {error}\n"
        except pipes.PipeError as error:
            self.failed = True
            output = f"syntax error: {error}\n"
        self._terminal.write(output)
        if output and self._terminal.pty and self._unix is None and self._configure is None:
            self._terminal.write("\n")

    async def _dispatch(self, text: str) -> str:
        if self._unix is not None:
            return await self._in_unix(text)
        text = text.strip()
        if not text or text.startswith("#"):
            return ""
        if self._configure is not None:
            return await self._in_configuration(text)
        words = text.split()
        if words[0] in EXIT:
            self.done = True
            return ""
        if words[0] == "cli":
            return ""
        if words[:2] == ["start", "shell"]:
            self._unix = UnixShell(self._router, self._session.user)
            return ""
        if words[0] in ("configure", "config", "conf", "edit"):
            self._configure = ConfigureMode(self._router, self._session, self._terminal)
            return await self._enter_configuration(words[1:])
        return await self._operational(text)

    async def _enter_configuration(self, words: list[str]) -> str:
        assert self._configure is not None
        try:
            return await self._configure.enter(words)
        except (RpcFailure, StoreError):
            self._configure = None
            raise

    async def _in_configuration(self, text: str) -> str:
        assert self._configure is not None
        if text.startswith("run "):
            return await self._operational(text[4:].strip())
        output = await self._configure.line(text)
        if self._configure.left:
            self._configure = None
        return output

    async def _in_unix(self, text: str) -> str:
        assert self._unix is not None
        if text.split()[:1] == ["cli"]:
            words = pipes.words(text)
            if words[1:2] == ["-c"] and len(words) > 2:
                return await self._operational(words[2])
            self._unix = None
            return ""
        output = await self._unix.run(text)
        if self._unix.done:
            self._unix = None
        return output

    async def _operational(self, text: str) -> str:
        call = Call(self._router, self._session, element("command", text=text))
        result = await gate.execute(
            self._router, self._session, "command", "cli", lambda: run_command(call, text, "text")
        )
        if isinstance(result, str):
            return result if not result or result.endswith("\n") else result + "\n"
        return reply_text(result)

    async def leave(self) -> None:
        """The connection has ended: leave configuration mode as the end of a session does."""
        self._configure = None


async def _session(router: Router, conn: asyncssh.SSHServerConnection, user: str) -> ManagementSession:
    peer = conn.get_extra_info("peername")
    return await router.open_session(user, "cli", peer[0] if peer else "unknown", conn.abort)


async def run_shell(router: Router, conn: asyncssh.SSHServerConnection, user: str, terminal: Terminal) -> int:
    """Serve an interactive CLI until the client leaves."""
    session = await _session(router, conn, user)
    cli = Cli(router, session, terminal)
    try:
        if terminal.pty:
            terminal.write(f"--- JUNOS {router.context.version} Kernel 64-bit (emulated)\n")
        while not cli.done:
            text = await terminal.read_line(cli.prompt)
            if text is None:
                break
            await _line(cli, conn, text)
            await terminal.drain()
    finally:
        await router.close_session(session)
    return 0


async def run_exec(
    router: Router, conn: asyncssh.SSHServerConnection, user: str, terminal: Terminal, command: str
) -> int:
    """Run the commands of an exec request (`;` separates them); 1 when one of them failed."""
    session = await _session(router, conn, user)
    cli = Cli(router, session, terminal)
    try:
        for part in pipes.split_outside_quotes(command.replace("\n", ";"), ";"):
            if part and not cli.done:
                await _line(cli, conn, part.removeprefix("cli ") if part.startswith("cli ") else part)
        await terminal.drain()
    finally:
        await router.close_session(session)
    return int(cli.failed)


async def _line(cli: Cli, conn: asyncssh.SSHServerConnection, text: str) -> None:
    try:
        await cli.line(text)
    except gate.Undelivered as lost:
        if lost.fate is gate.Fate.DROPPED:
            conn.abort()
            cli.done = True
