"""A terminal line discipline small enough for scripts and people: echo, backspace, ^C, ^D, ^U."""

from __future__ import annotations

from collections import deque

import asyncssh

MAX_LINE = 1 << 20
NOT_DATA = (asyncssh.TerminalSizeChanged, asyncssh.BreakReceived, asyncssh.SignalReceived)
"""What a terminal also sends, and asyncssh raises while reading."""
ERASE = ("\x08", "\x7f")


class Terminal:
    """Reads lines and writes text; with a pty it echoes and ends lines with CR LF."""

    def __init__(self, stdin: asyncssh.SSHReader[bytes], stdout: asyncssh.SSHWriter[bytes], *, pty: bool) -> None:
        self.pty = pty
        self._stdin = stdin
        self._stdout = stdout
        self._pending: deque[str] = deque()
        self._after_return = False

    def write(self, text: str) -> None:
        """Send text; never waits."""
        if self.pty:
            text = text.replace("\r\n", "\n").replace("\n", "\r\n")
        self._stdout.write(text.encode())

    async def drain(self) -> None:
        """Wait until the client has taken most of what was written."""
        await self._stdout.drain()

    async def read_line(self, prompt: str = "") -> str | None:
        """The next line without its end; None at the end of the input (or ^D on an empty line)."""
        self.write(prompt)
        line: list[str] = []
        while True:
            character = await self._character()
            if character is None or (character == "\x04" and self.pty):
                if line and character is None:
                    return "".join(line)
                if not line:
                    return None
            elif character in "\r\n":
                if character == "\n" and self._after_return:
                    self._after_return = False
                    continue
                self._after_return = character == "\r"
                self._echo("\n")
                return "".join(line)
            else:
                self._after_return = False
                self._edit(line, character, prompt)

    def _edit(self, line: list[str], character: str, prompt: str) -> None:
        """Apply one character to the line being typed."""
        if not self.pty:
            line.append(character)
        elif character in ERASE:
            if line:
                line.pop()
                self._echo("\b \b")
        elif character in "\x03\x15":
            line.clear()
            self._echo("^C\n" + prompt if character == "\x03" else "\r" + prompt)
        elif character.isprintable() and len(line) < MAX_LINE:
            line.append(character)
            self._echo(character)

    def _echo(self, text: str) -> None:
        if self.pty:
            self.write(text)

    async def _character(self) -> str | None:
        while not self._pending:
            try:
                data = await self._stdin.read(4096)
            except NOT_DATA:
                continue
            if not data:
                return None
            self._pending.extend(data.decode("utf-8", "replace"))
        return self._pending.popleft()
