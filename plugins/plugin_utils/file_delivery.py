# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings a file to a router: looks first, fetches and copies what is missing, and tells what is going on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils import router_file
from ansible_collections.fairway.backbone.plugins.module_utils.router_file import PART, Copied, FileStat, size_text
from ansible_collections.fairway.backbone.plugins.plugin_utils import download
from ansible_collections.fairway.backbone.plugins.plugin_utils.file_digest import local_sha256
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault
from ansible_collections.fairway.backbone.plugins.plugin_utils.router_files import FileHand

_TELL_EVERY_S = 5.0


@dataclass(frozen=True)
class Order:
    """What is wanted: the file at `local` or behind `url`, under `dest`. `margin`: octets to leave free."""

    dest: str
    local: Path | None = None
    url: str = ""
    sha256: str = ""
    force: bool = False
    margin: int = 0
    timeout: float = 60.0
    cache: Path = Path()


class Delivery:
    """`run` raises RouterFault; kinds besides the router's: input, checksum, space, source (the URL)."""

    def __init__(self, hand: FileHand, order: Order, say: Callable[[str], None]) -> None:
        self._hand, self._order, self._say = hand, order, say
        self._name = hand.router.name

    def run(self, check_mode: bool = False) -> dict[str, Any]:
        """Do it, or say what would be done; the task's result."""
        order = self._order
        if complaint := router_file.path_complaint(order.dest):
            raise RouterFault("input", f"router_file: dest: {complaint}")
        want = self._wanted()
        found = self._hand.stat(order.dest)
        if found is not None and found.directory:
            raise RouterFault("input", f"{self._name}: {order.dest} is a directory: give the file's whole path as dest")
        there = self._hand.checksum(order.dest) if found is not None else None
        if there == want and not order.force:
            return self._unchanged(want, found)
        before = f"sha256:{there} {size_text(found.size)}" if found is not None and there else "absent"
        if check_mode:
            return self._predicted(want, before)
        local = order.local or download.fetch(order.url, want, order.cache, order.timeout, self._teller("fetching"))
        size = local.stat().st_size
        self._check_space(size)
        began = time.monotonic()
        done = self._copy(local)
        return self._copied(want, size, done, time.monotonic() - began, before)

    def _wanted(self) -> str:
        """The checksum that the router's file is to have."""
        order = self._order
        if order.local is None:
            return order.sha256
        try:
            got = local_sha256(order.local)
        except OSError as error:
            raise RouterFault("input", f"router_file: src: {order.local}: {error.strerror}") from error
        if order.sha256 and got != order.sha256:
            raise RouterFault(
                "checksum",
                f"{order.local} has sha256 {got}, expected {order.sha256}: "
                "is it the right file, and the right checksum?",
            )
        return got

    def _check_space(self, size: int | None) -> None:
        if size is None:
            return
        part = self._hand.stat(self._order.dest + PART)
        # What an earlier attempt left is gone on with or overwritten: its space is there.
        needed = max(0, size - (part.size if part is not None else 0))
        free = self._hand.free_bytes(self._order.dest)
        if complaint := router_file.space_complaint(self._order.dest, needed, free, self._order.margin):
            raise RouterFault("space", f"{self._name}: {complaint}")

    def _copy(self, local: Path) -> Copied:
        order = self._order
        try:
            return self._hand.put(local, order.dest, self._teller("copying"), order.timeout)
        except RouterFault as fault:
            if fault.kind not in ("lost", "timeout", "unreachable"):
                raise
            hint = f"what arrived is kept as {order.dest}{PART}; {order.dest} is as it was: run it again"
            raise RouterFault(fault.kind, f"{fault.message} ({hint})", fault.errors) from fault

    def _teller(self, doing: str) -> Callable[[int, int], None]:
        """Says how far it has come, every few seconds."""
        name = self._order.dest.rpartition("/")[2]
        began = last = time.monotonic()
        first: int | None = None

        def tell(done: int, total: int) -> None:
            nonlocal last, first
            first = done if first is None else first
            now = time.monotonic()
            if now - last >= _TELL_EVERY_S:
                last = now
                text = router_file.progress_text(done, total, first, now - began)
                self._say(f"{time.strftime('%H:%M:%S')}  {self._name}: {doing} {name}: {text}")

        return tell

    def _result(self, want: str, size: int | None, changed: bool, message: str) -> dict[str, Any]:
        return {
            "changed": changed,
            "dest": self._order.dest,
            "checksum": f"sha256:{want}",
            "size": size,
            "copied_bytes": 0,
            "resumed_from": 0,
            "seconds": 0.0,
            "rate": 0.0,
            "msg": f"{self._name}: {message}",
        }

    def _unchanged(self, want: str, found: FileStat | None) -> dict[str, Any]:
        size = found.size if found is not None else None
        return self._result(want, size, False, f"{self._order.dest} is there already, sha256 {want}")

    def _predicted(self, want: str, before: str) -> dict[str, Any]:
        order = self._order
        if order.local is not None:
            size: int | None = order.local.stat().st_size
        elif (kept := download.cached(order.cache, want)) is not None:
            size = kept.stat().st_size
        else:
            size = download.probe(order.url, order.timeout)
        self._check_space(size)
        amount = size_text(size) if size is not None else "a file whose size the server does not tell"
        result = self._result(want, size, True, f"{amount} would be copied to {order.dest}")
        return result | {"diff": self._diff(before, want, size)}

    def _copied(self, want: str, size: int, done: Copied, seconds: float, before: str) -> dict[str, Any]:
        rate = done.sent / seconds if seconds > 0 else 0.0
        how = f", {size_text(done.resumed_from)} of it were there already" if done.resumed_from else ""
        message = f"{self._order.dest}: {size_text(size)} in {seconds:.1f} s{how}, sha256 is right"
        return self._result(want, size, True, message) | {
            "copied_bytes": done.sent,
            "resumed_from": done.resumed_from,
            "seconds": round(seconds, 3),
            "rate": round(rate, 1),
            "diff": self._diff(before, want, size),
        }

    def _diff(self, before: str, want: str, size: int | None) -> dict[str, str]:
        after = f"sha256:{want}" + (f" {size_text(size)}" if size is not None else "")
        dest = self._order.dest
        return {"before": before + "\n", "after": after + "\n", "before_header": dest, "after_header": dest}
