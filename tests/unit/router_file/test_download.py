"""Files from the web: whole, right, fetched once, and no secret of a URL shown. Against a real HTTP server."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ansible_collections.fairway.backbone.plugins.plugin_utils import download
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault

CONTENT = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
SECRET = "X-Signature=" + "0123456789abcdef" * 140


class Site(ThreadingHTTPServer):
    """Serves CONTENT; `cut` ends a reply after so many octets, once; `ranges` says whether parts can be asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = CONTENT
        self.cut: int | None = None
        self.ranges = True
        self.asked: list[str] = []
        self.silent = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/file.tgz?{SECRET}"


class _Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.asked.append(self.headers.get("Range") or "all")
        if self.path.startswith("/expired"):
            self.send_error(403)
            return
        if self.path.startswith("/away"):
            self.send_response(302)
            self.send_header("Location", self.path.partition("to=")[2])
            self.end_headers()
            return
        if self.path.startswith("/silent"):
            self.server.silent.wait(60)
            return
        self._content()

    def _content(self) -> None:
        content, begin = self.server.content, 0
        wanted = re.match(r"bytes=(\d+)-$", self.headers.get("Range") or "")
        if wanted and self.server.ranges:
            begin = int(wanted[1])
            if begin >= len(content):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(content) - begin))
        self.end_headers()
        cut, self.server.cut = self.server.cut, None
        self.wfile.write(content[begin : None if cut is None else begin + cut])

    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield server
    server.silent.set()
    server.shutdown()
    server.server_close()


def refused(url: str, cache: Path, sha256: str = SHA256, timeout: float = 30.0) -> RouterFault:
    with pytest.raises(RouterFault) as caught:
        download.fetch(url, sha256, cache, timeout)
    assert "Signature" not in str(caught.value), "what a URL says after its path is a secret"
    return caught.value


def left_in(cache: Path) -> list[str]:
    return sorted(path.name.removeprefix(f"sha256-{SHA256}") for path in cache.iterdir())


def test_a_file_is_fetched_once_and_kept_under_its_checksum(site: Site, tmp_path: Path) -> None:
    assert len(site.url) > 2000
    seen: list[tuple[int, int]] = []
    path = download.fetch(site.url, SHA256, tmp_path, 30.0, lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert download.fetch(site.url, SHA256, tmp_path, 30.0) == path
    assert site.asked == ["all"]
    assert left_in(tmp_path) == ["", ".lock"]


def test_hosts_that_want_the_same_file_fetch_it_once(site: Site, tmp_path: Path) -> None:
    with ThreadPoolExecutor(6) as hosts:
        found = list(hosts.map(lambda _host: download.fetch(site.url, SHA256, tmp_path, 30.0), range(6)))
    assert {path.read_bytes() == CONTENT for path in found} == {True}
    assert site.asked == ["all"]


def test_a_file_that_changed_in_the_cache_is_fetched_again(site: Site, tmp_path: Path) -> None:
    path = download.fetch(site.url, SHA256, tmp_path, 30.0)
    path.write_bytes(CONTENT[:-1] + b"?")
    assert download.fetch(site.url, SHA256, tmp_path, 30.0).read_bytes() == CONTENT


def test_a_download_that_breaks_off_is_gone_on_with(site: Site, tmp_path: Path) -> None:
    site.cut = 300_000
    assert download.fetch(site.url, SHA256, tmp_path, 30.0).read_bytes() == CONTENT
    assert site.asked == ["all", "bytes=300000-"]


def test_a_server_without_ranges_sends_everything_again(site: Site, tmp_path: Path) -> None:
    site.cut, site.ranges = 300_000, False
    assert download.fetch(site.url, SHA256, tmp_path, 30.0).read_bytes() == CONTENT
    assert site.asked == ["all", "bytes=300000-"]


@pytest.mark.parametrize("old", [b"something else", CONTENT + b"and more"])
def test_what_is_left_of_another_file_does_no_harm(site: Site, tmp_path: Path, old: bytes) -> None:
    (tmp_path / f"sha256-{SHA256}.part").write_bytes(old)
    assert download.fetch(site.url, SHA256, tmp_path, 30.0).read_bytes() == CONTENT
    assert left_in(tmp_path) == ["", ".lock"]


def test_a_wrong_file_is_refused_and_not_kept(site: Site, tmp_path: Path) -> None:
    site.content = b"not what was ordered"
    fault = refused(site.url, tmp_path)
    assert fault.kind == "checksum"
    assert f"has sha256 {hashlib.sha256(site.content).hexdigest()}, expected {SHA256}" in fault.message
    assert left_in(tmp_path) == [".lock"]


def test_an_expired_signature_is_told_without_the_signature(site: Site, tmp_path: Path) -> None:
    fault = refused(site.url.replace("/file.tgz", "/expired.tgz"), tmp_path)
    assert fault.kind == "source"
    assert "/expired.tgz answers HTTP 403 Forbidden: has a signed URL expired?" in fault.message


def test_a_server_that_says_nothing_is_given_up(site: Site, tmp_path: Path) -> None:
    fault = refused(site.url.replace("/file.tgz", "/silent.tgz"), tmp_path, timeout=0.3)
    assert fault.message.endswith("/silent.tgz cannot be fetched: nothing came for 0.3 s")


def test_nobody_there(tmp_path: Path) -> None:
    fault = refused(f"http://127.0.0.1:1/x.tgz?{SECRET}", tmp_path)
    assert fault.message == "http://127.0.0.1:1/x.tgz cannot be fetched: Connection refused"


def test_a_redirect_leads_to_the_web_and_nowhere_else(site: Site, tmp_path: Path) -> None:
    base = site.url.partition("/file.tgz")[0]
    assert download.fetch(f"{base}/away?to={base}/file.tgz", SHA256, tmp_path / "a", 30.0).read_bytes() == CONTENT
    for number, away in enumerate(("file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x")):
        fault = refused(f"{base}/away?to={away}", tmp_path / str(number))
        assert "cannot be fetched" in fault.message or "answers HTTP 302" in fault.message, fault.message
    assert site.asked == ["all"] * 5


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://192.0.2.1/x", "/etc/passwd", "http://", "http://192.0.2.1/a b", "http://h:0x/"]
)
def test_a_url_that_is_no_web_address_is_refused(url: str, tmp_path: Path) -> None:
    assert refused(url, tmp_path).kind == "input"


def test_user_and_password_of_a_url_are_for_its_server_and_never_shown() -> None:
    assert download.shown("https://joe:secret@example.net:8443/a/b.tgz?sig=1#x") == "https://example.net:8443/a/b.tgz"
    assert len(download.shown("https://example.net/" + "a" * 3000)) <= 201
