"""The commit history with its configurations, in memory and (when given a directory) on disk.

Two hundred routers with fifty rollbacks each live in one process: configurations are kept as compressed text, and
the text is parsed again when somebody asks for it.

On disk: `juniper.conf.SERIAL.gz`, one per commit, and `history.json`, which is replaced last and atomically: what it
names exists, whatever moment the process was killed at.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from lab.junos.config import Tree, load, to_text
from lab.junos.store.model import NO_RESCUE, Pending, StoreError

MAX_ROLLBACKS = 50
"""Rollback 0 (what is running) to rollback 49."""
INDEX = "history.json"
RESCUE = "rescue.conf.gz"


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of `show system commit`; `time` is epoch seconds, `pending` says that it waits to be confirmed."""

    user: str
    client: str
    time: float
    comment: str | None = None
    log: str | None = None
    pending: bool = False


@dataclass(frozen=True, slots=True)
class _Commit:
    entry: HistoryEntry
    config: bytes
    serial: int


def pack(tree: Tree) -> bytes:
    """Return a configuration as compressed text."""
    return zlib.compress(to_text(tree).encode(), 6)


def unpack(data: bytes) -> Tree:
    """Return the configuration of `pack`. Raises StoreError when it is damaged."""
    tree = Tree.empty()
    try:
        report = load(tree, zlib.decompress(data).decode(), "text", "override")
    except (zlib.error, UnicodeDecodeError) as error:
        raise StoreError(f"configuration file is damaged: {error}") from None
    if not report.ok:
        raise StoreError(f"configuration file is damaged: {report.errors[0].message}")
    return tree


class Archive:
    """History, newest first, of at most 50 commits; the rescue configuration; the record of a pending commit."""

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory
        self._commits: list[_Commit] = []
        self._serial = 0
        self._rescue: bytes | None = None
        self.pending: Pending | None = None
        if directory is not None:
            directory.mkdir(parents=True, exist_ok=True)
            self._restore(directory)

    def __len__(self) -> int:
        return len(self._commits)

    def history(self) -> list[HistoryEntry]:
        """The entries, newest (rollback 0) first."""
        return [commit.entry for commit in self._commits]

    @property
    def serial(self) -> int:
        """The number of the newest commit; it never comes again."""
        return self._serial

    def tree(self, number: int) -> Tree:
        """Return rollback `number`. Raises StoreError when there is none."""
        if not 0 <= number < MAX_ROLLBACKS:
            raise StoreError(f"invalid rollback number: {number}")
        if number >= len(self._commits):
            raise StoreError(f"could not find rollback configuration {number}")
        return unpack(self._commits[number].config)

    def packed(self, number: int) -> bytes:
        """Return the compressed text of rollback `number`, which must exist."""
        return self._commits[number].config

    def add(self, entry: HistoryEntry, tree: Tree, pending: Pending | None) -> None:
        """Make `tree` rollback 0; a mark of an earlier pending commit goes, its comment stays."""
        self._serial += 1
        older = [replace(c, entry=replace(c.entry, pending=False)) if c.entry.pending else c for c in self._commits]
        gone = older[MAX_ROLLBACKS - 1 :]
        self._commits = [_Commit(entry, pack(tree), self._serial), *older[: MAX_ROLLBACKS - 1]]
        self.pending = pending
        self._save(new=True, gone=gone)

    def confirm(self) -> None:
        """Forget the pending commit: it stays."""
        self._commits = [
            replace(c, entry=replace(c.entry, pending=False)) if c.entry.pending else c for c in self._commits
        ]
        self.pending = None
        self._save()

    @property
    def rescue(self) -> Tree | None:
        """The rescue configuration, if there is one."""
        return unpack(self._rescue) if self._rescue is not None else None

    @property
    def has_rescue(self) -> bool:
        """Whether there is a rescue configuration."""
        return self._rescue is not None

    def save_rescue(self, tree: Tree | None) -> None:
        """Set or (with None) delete the rescue configuration. Raises StoreError when there is none to delete."""
        if tree is None and self._rescue is None:
            raise StoreError(NO_RESCUE)
        self._rescue = pack(tree) if tree is not None else None
        if self._directory is None:
            return
        if self._rescue is None:
            (self._directory / RESCUE).unlink(missing_ok=True)
        else:
            _write(self._directory / RESCUE, gzip.compress(zlib.decompress(self._rescue), mtime=0))

    def _file(self, serial: int) -> Path:
        assert self._directory is not None
        return self._directory / f"juniper.conf.{serial}.gz"

    def _save(self, *, new: bool = False, gone: Iterable[_Commit] = ()) -> None:
        if self._directory is None:
            return
        if new:
            _write(self._file(self._serial), gzip.compress(zlib.decompress(self._commits[0].config), mtime=0))
        pending: dict[str, Any] | None = None
        if self.pending is not None:
            pending = asdict(self.pending) | {"revert": zlib.decompress(self.pending.revert).decode()}
        index = {
            "commits": [{"serial": c.serial, **asdict(c.entry)} for c in self._commits],
            "pending": pending,
        }
        _write(self._directory / INDEX, json.dumps(index, indent=1).encode())
        for commit in gone:
            self._file(commit.serial).unlink(missing_ok=True)

    def _restore(self, directory: Path) -> None:
        """Read what an earlier process left. Raises StoreError when it cannot be read: nothing is guessed."""
        with contextlib.suppress(FileNotFoundError):
            self._rescue = zlib.compress(gzip.decompress((directory / RESCUE).read_bytes()))
        try:
            index = json.loads((directory / INDEX).read_text(encoding="utf-8"))
            for item in index["commits"]:
                serial = int(item.pop("serial"))
                text = gzip.decompress(self._file(serial).read_bytes())
                self._commits.append(_Commit(HistoryEntry(**item), zlib.compress(text, 6), serial))
            if index["pending"] is not None:
                saved = index["pending"]
                self.pending = Pending(**(saved | {"revert": zlib.compress(saved["revert"].encode(), 6)}))
        except FileNotFoundError as error:
            if Path(str(error.filename)).name != INDEX:
                raise StoreError(f"{error.filename}: a rollback of {directory / INDEX} is missing") from None
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise StoreError(f"{directory / INDEX}: not a commit history: {error}") from None
        self._serial = max((commit.serial for commit in self._commits), default=0)


def _write(path: Path, data: bytes) -> None:
    """Write a file so that a reader finds the old or the new content, never a part."""
    scratch = path.with_name(f".{path.name}.new")
    scratch.touch(mode=0o600)
    scratch.write_bytes(data)
    scratch.replace(path)
