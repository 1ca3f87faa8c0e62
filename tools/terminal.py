"""A real terminal around a program: what it shows, as a person would read it, and answers to what it asks.

`Terminal([...])` runs a program in a pseudo-terminal. `until()` waits for words on the screen, `answer()` types a line
when the program waits for one, `finish()` is its exit status, `text()` everything that was shown, without colours.
"""

from __future__ import annotations

import os
import re
import signal
import termios
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import pexpect

_ESCAPED = re.compile(r"\[(?P<arguments>[0-9;?]*)(?P<what>[A-Za-z])|[^\[\x1b]")
# What Ansible prints when it has taken a line from the terminal: back to the line's beginning, and clear it.
TAKEN = "\x1b[\r"


class Screen:
    """Lines as a terminal shows them: carriage returns overwrite, colours are left out."""

    def __init__(self) -> None:
        self.lines = [""]
        self._column = 0
        self._escape: str | None = None

    def feed(self, text: str) -> None:
        """Shows `text`, whatever part of an escape sequence it ends with."""
        for char in text:
            if char < " " and char != "\x1b":
                self._control(char)  # terminals obey these in the middle of a sequence, too
            elif char == "\x1b":
                self._escape = ""
            elif self._escape is not None:
                self._sequence(char)
            else:
                self._put(char)

    def note(self, text: str) -> None:
        """Adds `text` to the last line with something on it, as typed there."""
        row = max((index for index, line in enumerate(self.lines) if line.strip()), default=0)
        self.lines[row] = f"{self.lines[row].rstrip()} {text}"

    def text(self) -> str:
        """Everything that was shown."""
        return "\n".join(line.rstrip() for line in self.lines).strip("\n") + "\n"

    def _control(self, char: str) -> None:
        if char == "\r":
            self._column = 0
        elif char == "\n":
            self.lines.append("")
            self._column = 0
        elif char == "\b":
            self._column = max(0, self._column - 1)
        elif char == "\t":
            self._put(" " * (8 - self._column % 8))

    def _sequence(self, char: str) -> None:
        self._escape = (self._escape or "") + char
        match = _ESCAPED.fullmatch(self._escape)
        if match is None:
            return
        self._escape = None
        if match["what"] == "K":
            line = self.lines[-1]
            self.lines[-1] = "" if match["arguments"] == "2" else line[: self._column]

    def _put(self, text: str) -> None:
        line = self.lines[-1].ljust(self._column)
        self.lines[-1] = line[: self._column] + text + line[self._column + len(text) :]
        self._column += len(text)


def _obey_hangups() -> None:
    """As a login shell does, also when whoever started us (nohup) ignores them."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Terminal:
    """A program in a terminal of its own. Everything that is awaited has a deadline, and fails with the screen."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        columns: int = 120,
        timeout_s: float = 60.0,
    ) -> None:
        """Starts `argv`."""
        self._screen = Screen()
        self._timeout_s = timeout_s
        environment = {**(os.environ if env is None else env), "TERM": "xterm", "COLUMNS": str(columns)}
        self.child = pexpect.spawn(
            argv[0], list(argv[1:]), cwd=str(cwd) if cwd else None, env=environment, dimensions=(50, columns),
            timeout=timeout_s, encoding="utf-8", codec_errors="replace", echo=False, preexec_fn=_obey_hangups,
        )  # fmt: skip

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.child.close(force=True)

    def until(self, *patterns: str, timeout_s: float | None = None) -> int:
        """Waits until one of `patterns` (regular expressions, in what the program sends) appears -> which one.

        Raises TimeoutError, with the screen, when none does, or when the program ends first.
        """
        limit = timeout_s or self._timeout_s
        found: int = self.child.expect([*patterns, pexpect.EOF, pexpect.TIMEOUT], timeout=limit)
        self._read()
        if found >= len(patterns):
            why = "ended" if found == len(patterns) else f"did not show it within {limit:.0f} s"
            raise TimeoutError(f"awaited {' or '.join(patterns)}, the program {why}; it showed:\n{self.text()}")
        return found

    def answer(self, typed: str, end: str = "\r") -> None:
        """Types a line into a prompt of Ansible's that is on the screen, and waits until it was taken."""
        self.wait_for_reader()
        self._screen.note("^C" if typed == "\x03" else typed)
        self.child.send(typed + ("" if typed == "\x03" else end))
        self.until(re.escape(TAKEN))

    def wait_for_reader(self) -> None:
        """Waits until the program reads keys one by one. What is typed before that, Ansible throws away."""
        end = time.monotonic() + self._timeout_s
        while not self._reads_keys():
            if time.monotonic() > end or not self.child.isalive():
                raise TimeoutError(f"the program reads no keys; it showed:\n{self.text()}")
            time.sleep(0.02)

    def finish(self, timeout_s: float | None = None, unless: str | None = None) -> int:
        """The program's exit status (128 + the signal's number, if one ended it).

        Raises TimeoutError when it goes on, or shows `unless` (a regular expression).
        """
        limit = timeout_s or self._timeout_s
        found = self.child.expect([pexpect.EOF, pexpect.TIMEOUT, *([unless] if unless else [])], timeout=limit)
        self._read()
        if found:
            why = f"did not end within {limit:.0f} s" if found == 1 else f"asks once more: {unless}"
            raise TimeoutError(f"the program {why}; it showed:\n{self.text()}")
        self.child.close()
        return int(self.child.exitstatus if self.child.exitstatus is not None else 128 + self.child.signalstatus)

    def text(self) -> str:
        """Everything that was shown so far, as a person would have read it."""
        return self._screen.text()

    def _read(self) -> None:
        after = self.child.after if isinstance(self.child.after, str) else ""
        self._screen.feed((self.child.before or "") + after)

    def _reads_keys(self) -> bool:
        """Whether the terminal is raw and no longer blocks its reader: by then Ansible has emptied its queue."""
        with suppress(termios.error, OSError):
            if termios.tcgetattr(self.child.child_fd)[3] & termios.ICANON:
                return False
            # Programs that inherited the terminal share its flags, whatever wrapper was started here.
            status = Path(f"/proc/{self.child.pid}/fdinfo/0").read_text(encoding="ascii")
            flags = re.search(r"^flags:\s*([0-7]+)$", status, re.MULTILINE)
            return flags is not None and bool(int(flags[1], 8) & os.O_NONBLOCK)
        return False
