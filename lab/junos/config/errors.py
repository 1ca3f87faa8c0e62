"""Errors and reports of the configuration engine, worded as Junos words them."""

from __future__ import annotations

from dataclasses import dataclass, field

SYNTAX_ERROR = "syntax error"
RECOVERY = "error recovery ignores input until this point"
CHECK_OUT_FAILED = "configuration check-out failed"


@dataclass(frozen=True, slots=True)
class ConfigError:
    """One `rpc-error` of a load or a commit check.

    `severity` is "error" or "warning"; `path` is an edit path such as "[edit system login]" or None at the top;
    `line` counts from 1 in the loaded text (a router does not send it over NETCONF; the CLI shows it).
    """

    severity: str
    message: str
    bad_element: str | None = None
    path: str | None = None
    line: int | None = None


@dataclass(slots=True)
class LoadReport:
    """What a load found wrong. What is right is in the candidate either way; with `stop`, what came before it."""

    errors: list[ConfigError] = field(default_factory=list)
    stop: bool = False

    @property
    def ok(self) -> bool:
        """Whether nothing of severity error was found (warnings are allowed)."""
        return all(error.severity != "error" for error in self.errors)

    def error(self, message: str, bad_element: str | None, path: str | None = None, line: int | None = None) -> None:
        """Add one error; raises LoadStopped when it is to be the last."""
        self.errors.append(ConfigError("error", message, bad_element, path, line))
        if self.stop:
            raise LoadStopped

    def warning(self, message: str, bad_element: str | None, path: str | None = None, line: int | None = None) -> None:
        """Add one warning."""
        self.errors.append(ConfigError("warning", message, bad_element, path, line))


class LoadStopped(Exception):
    """The end of a load at its first error."""


class StatementError(Exception):
    """A statement that is not accepted; `word` is the offending word."""

    def __init__(self, message: str, word: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.word = word
        self.line = line


class BadValueError(Exception):
    """A value that its type refuses; the text is the router's wording."""


def edit_path(words: tuple[str, ...] | list[str]) -> str:
    """Return "[edit system login]" for ("system", "login"); "[edit]" at the top."""
    return f"[edit{''.join(f' {word}' for word in words)}]"
