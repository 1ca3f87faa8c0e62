# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files from the web, kept on the controller under their checksum.

A router is never given the URL: Junos limits its length, and a signed URL is a secret. What a URL says after its path
is never shown. The checksum is what makes the content trustworthy; the server need not be.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import fcntl
import http.client
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from ansible_collections.fairway.backbone.plugins.plugin_utils.file_digest import local_sha256
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault

Progress = Callable[[int, int], None]
"""Called with octets that are there, and octets in all (0 when the server does not say)."""

_BLOCK = 1 << 18
_TRIES = 3
_LONGEST_SHOWN = 200


class _Redirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if urlsplit(newurl).scheme not in ("https", req.type):
            fp.close()
            raise urllib.error.URLError(f"it redirects to {shown(newurl)}: expected {req.type}, as in url")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def shown(url: str) -> str:
    """A URL as it may be shown: without user, password, query and fragment."""
    parts = urlsplit(url)
    text = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _parts(url: str) -> SplitResult:
    with contextlib.suppress(ValueError):
        parts = urlsplit(url)
        clean = not re.search(r"[\s\x00-\x20\x7f]", url)
        if clean and parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) > 0:
            return parts
    raise RouterFault("input", "router_file: url must be http://HOST/PATH or https://…, without blanks")


def _opener() -> urllib.request.OpenerDirector:
    """HTTP and nothing else: no local files, no FTP. Proxies are those of the environment."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        _Redirects(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


@contextlib.contextmanager
def _open(url: str, timeout: float, offset: int = 0) -> Iterator[Any]:
    """The answer to a GET from `offset`. Raises RouterFault `source`."""
    parts = _parts(url)
    plain = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))
    request = urllib.request.Request(plain)  # noqa: S310 - _parts lets HTTP through, and nothing else
    request.add_header("User-Agent", "fairway")
    request.add_header("Accept-Encoding", "identity")
    if offset:
        request.add_header("Range", f"bytes={offset}-")
    if parts.username:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        # Not sent on to where the server redirects us.
        request.add_unredirected_header("Authorization", "Basic " + base64.b64encode(pair.encode()).decode())
    try:
        with _opener().open(request, timeout=timeout) as reply:
            yield reply
    except urllib.error.HTTPError as error:
        error.close()
        hint = ": has a signed URL expired?" if error.code in (401, 403) else ""
        raise RouterFault("source", f"{shown(url)} answers HTTP {error.code} {error.reason}{hint}") from error
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        raise RouterFault("source", f"{shown(url)} cannot be fetched: {_words(error, timeout)}") from error


def _words(error: Exception, timeout: float) -> str:
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return f"nothing came for {timeout:g} s"
    if isinstance(reason, http.client.IncompleteRead):
        return "the connection ended before the file did"
    return str(getattr(reason, "strerror", None) or reason or type(error).__name__)


def probe(url: str, timeout: float) -> int | None:
    """The size of what is behind a URL; None when the server does not say. Raises RouterFault `source`."""
    with _open(url, timeout) as reply:
        size = str(reply.headers.get("Content-Length") or "")
        return int(size) if size.isdigit() else None


def cached(cache: Path, sha256: str) -> Path | None:
    """The file of this checksum, if it is in the cache and still what it was."""
    path = cache / f"sha256-{sha256}"
    with contextlib.suppress(OSError):
        if path.is_file() and local_sha256(path) == sha256:
            return path
    return None


def fetch(url: str, sha256: str, cache: Path, timeout: float, tell: Progress | None = None) -> Path:
    """The file of this checksum, from the cache or else from the URL. Raises RouterFault.

    Hosts that want the same file wait for the first of them to fetch it. A download that broke off is gone on with.
    """
    try:
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (cache / f"sha256-{sha256}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if (found := cached(cache, sha256)) is not None:
                return found
            return _download(url, sha256, cache / f"sha256-{sha256}", timeout, tell or (lambda done, total: None))
    except OSError as error:
        full = "; make room or name another directory with the option cache" if error.errno == errno.ENOSPC else ""
        raise RouterFault("source", f"{cache} on the controller: {error.strerror or error}{full}") from error


def _download(url: str, sha256: str, target: Path, timeout: float, tell: Progress) -> Path:
    part = target.with_name(f"{target.name}.part")
    tries = _TRIES
    while True:
        kept = part.stat().st_size if part.exists() else 0
        try:
            _receive(url, part, kept, timeout, tell)
        except RouterFault:
            # Only what moves is worth another try.
            tries -= 1
            if not tries or not part.exists() or part.stat().st_size <= kept:
                raise
            continue
        got = local_sha256(part)
        if got == sha256:
            return part.replace(target)
        part.unlink()
        # What was kept may have been of another file.
        if not kept:
            raise RouterFault(
                "checksum",
                f"{shown(url)} has sha256 {got}, expected {sha256}: is it the right file, and the right checksum?",
            )


def _receive(url: str, part: Path, kept: int, timeout: float, tell: Progress) -> None:
    try:
        with _open(url, timeout, kept) as reply:
            begins = re.match(r"bytes (\d+)-", str(reply.headers.get("Content-Range") or ""))
            if reply.status != http.client.PARTIAL_CONTENT or not begins or int(begins[1]) != kept:
                kept = 0
            size = str(reply.headers.get("Content-Length") or "")
            total = kept + int(size) if size.isdigit() else 0
            with part.open("r+b" if kept else "wb") as file:
                file.seek(kept)
                while block := reply.read(_BLOCK):
                    file.write(block)
                    kept += len(block)
                    tell(kept, total)
            if total and kept < total:
                raise http.client.IncompleteRead(b"", total - kept)
    except RouterFault as fault:
        # All of it is there already, or more than there is.
        if kept and "HTTP 416" in fault.message:
            return
        raise
