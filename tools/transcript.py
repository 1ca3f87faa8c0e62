"""Runs a runbook in a real terminal, answers its prompts, and writes down what a person would have seen.

    python -m tools.transcript docs/transcripts/upgrade.txt --answer c --answer c -- \\
        python -m lab exec ctl -- ansible-playbook playbooks/upgrade.yml -e target=jkt-r1

The text has no colours, and is the same from run to run as far as that goes: times, identifiers, the user and the
checkout are replaced by fixed ones, and of many lines of progress the first and the last are kept. `--replace` and
`--squeeze` do so for what only a runbook knows. Ends with 1, and writes nothing, when the runbook ends otherwise than
with `--status`, or asks more, or less, than it is answered.
"""

from __future__ import annotations

import argparse
import getpass
import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.terminal import Terminal

ROOT = Path(__file__).resolve().parent.parent
PROMPT = "then Enter:"
Replacement = tuple[str, str]

FIXED: list[Replacement] = [
    # Longest first: an identifier holds a time.
    (r"\d{8}T\d{6}Z-[0-9a-f]{16}", "20260102T030405Z-0123456789abcdef"),
    (r"\d{8}T\d{6}-[0-9a-f]{6}", "20260102T030405-a1b2c3"),
    (r"\d{4}-\d\d-\d\d([T ])\d\d:\d\d(:\d\d)?(\.\d+)?", r"2026-01-02\g<1>03:04:05"),
    (r"\b\d\d:\d\d:\d\d\b", "03:04:05"),
    (r"\b\d+\.\d+ s\b", "1.0 s"),
    (r"^((?:PLAY|TASK|RUNNING HANDLER) .*?) \*{3,}$", r"\1"),
]


class TranscriptError(Exception):
    """The run did not go as it was said; the message shows it."""


@dataclass(frozen=True)
class Rules:
    """What makes two runs alike: replacements in each line, and lines of which the first and last in a row count."""

    replace: Sequence[Replacement] = ()
    squeeze: Sequence[str] = ()

    def apply(self, text: str) -> str:
        """The text as it is written down."""
        user = re.escape(getpass.getuser())
        people = [
            (rf"(?<=\bby ){user}\b|(?<=\(){user}(?=\))", "ann"),
            (re.escape(f"{ROOT}/"), ""),
            (re.escape(str(ROOT)), "."),
        ]
        lines = []
        for line in text.splitlines():
            for pattern, fixed in (*people, *self.replace, *FIXED):
                line = re.sub(pattern, fixed, line)
            lines.append(line.rstrip())
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._squeezed(lines))).strip("\n") + "\n"

    def _squeezed(self, lines: Sequence[str]) -> list[str]:
        kept: list[str] = []
        run = 0  # how many lines in a row were of one kind of progress
        kind: str | None = None
        for line in lines:
            now = next((pattern for pattern in self.squeeze if re.search(pattern, line)), None)
            run = run + 1 if now is not None and now == kind else 1
            kind = now
            if run > 2:
                kept.pop()
            kept.append(line)
        return kept


def record(
    argv: Sequence[str], answers: Sequence[str], *, prompt: str = PROMPT, status: int = 0, timeout_s: float = 900.0,
    echo: bool = False,
) -> str:  # fmt: skip
    """Runs `argv`, answers its prompts one by one (^C is Ctrl-C) -> what was shown.

    Raises TranscriptError when it asks more, or less, than there are answers, ends otherwise, or takes too long.
    """
    with Terminal(argv, cwd=ROOT, timeout_s=timeout_s) as terminal:
        if echo:
            terminal.child.logfile_read = sys.stdout
        try:
            for typed in answers:
                terminal.until(prompt)
                terminal.answer("\x03" if typed == "^C" else typed)
            found = terminal.finish(unless=prompt)
        except TimeoutError as error:
            raise TranscriptError(str(error)) from error
        text = terminal.text()
    if found != status:
        raise TranscriptError(f"it ended with {found}, expected {status}; it showed:\n{text}")
    return text


def _replacement(text: str) -> Replacement:
    pattern, equals, fixed = text.partition("=>")
    if not equals:
        raise argparse.ArgumentTypeError(f"'{text}': expected PATTERN=>TEXT")
    return pattern, fixed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.transcript", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("file", type=Path, help="where it is written down")
    parser.add_argument("command", nargs="+", help="the command, after --")
    parser.add_argument("--answer", action="append", default=[], metavar="TEXT", help="the next answer; ^C is Ctrl-C")
    parser.add_argument("--prompt", default=PROMPT, help="the words that ask (a regular expression)")
    parser.add_argument("--status", type=int, default=0, help="how it should end")
    parser.add_argument("--show", metavar="COMMAND", help="the command as the text shows it")
    parser.add_argument(
        "--replace",
        action="append",
        default=[],
        type=_replacement,
        metavar="PATTERN=>TEXT",
        help="what differs from run to run",
    )
    parser.add_argument("--squeeze", action="append", default=[], metavar="PATTERN", help="progress of many lines")
    parser.add_argument("--timeout", type=float, default=900.0, help="seconds until the next prompt, or the end")
    given = parser.parse_args()
    try:
        text = record(
            given.command, given.answer, prompt=given.prompt, status=given.status, timeout_s=given.timeout, echo=True
        )
    except TranscriptError as error:
        print(f"transcript: {error}", file=sys.stderr)
        return 1
    shown = given.show or shlex.join(given.command)
    given.file.parent.mkdir(parents=True, exist_ok=True)
    given.file.write_text(f"$ {shown}\n\n{Rules(given.replace, given.squeeze).apply(text)}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
