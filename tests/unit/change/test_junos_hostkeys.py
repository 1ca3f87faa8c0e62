"""Host keys as OpenSSH writes them."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest

from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_hostkeys import (
    check_key,
    fingerprint,
    keys_for,
    preferred_kinds,
    read_known_hosts,
)

BLOBS = {name: base64.b64encode(name.encode() * 8).decode() for name in ("one", "two", "old")}


def blob(name: str) -> bytes:
    return base64.b64decode(BLOBS[name])


def status(tmp_path: Path, text: str, host: str, port: int, shown: str) -> str:
    path = tmp_path / "known_hosts"
    path.write_text(text.format(**BLOBS))
    return check_key(keys_for(read_known_hosts([str(path), str(tmp_path / "missing")]), host, port), blob(shown)).status


@pytest.mark.parametrize(
    "text, host, port, expected",
    [
        ("r1 ssh-ed25519 {one}\n", "r1", 22, "known"),
        ("R1 ssh-ed25519 {one} a comment\n", "r1", 22, "known"),
        ("r1 ssh-ed25519 {one}\n", "r1", 830, "known"),
        ("[r1]:830 ssh-ed25519 {one}\n", "r1", 830, "known"),
        ("[r1]:830 ssh-ed25519 {one}\n", "r1", 22, "unknown"),
        ("[r1]:830 ssh-ed25519 {two}\nr1 ssh-ed25519 {one}\n", "r1", 830, "changed"),
        ("[2001:db8::1]:830 ssh-ed25519 {one}\n", "2001:db8::1", 830, "known"),
        ("r2,r1,192.0.2.1 ssh-rsa {one}\n", "192.0.2.1", 22, "known"),
        ("*.example.net,!bad.example.net ssh-rsa {one}\n", "r1.example.net", 22, "known"),
        ("*.example.net,!bad.example.net ssh-rsa {one}\n", "bad.example.net", 22, "unknown"),
        ("[192.0.2.?]:* ssh-rsa {one}\n", "192.0.2.1", 830, "known"),
        ("r1 ssh-ed25519 {two}\nr1 ssh-ed25519 {one}\n", "r1", 22, "known"),
        ("r1 ssh-ed25519 {old}\n", "r1", 22, "changed"),
        ("@revoked * ssh-ed25519 {one}\nr1 ssh-ed25519 {one}\n", "r1", 22, "revoked"),
        ("@cert-authority * ssh-ed25519 {one}\n", "r1", 22, "unknown"),
        ("# r1 ssh-ed25519 {one}\n\nr1 ssh-ed25519\nr1 ssh-ed25519 ***\n", "r1", 22, "unknown"),
    ],
)
def test_is_this_the_router_we_know(tmp_path: Path, text: str, host: str, port: int, expected: str) -> None:
    assert status(tmp_path, text, host, port, "one") == expected


def test_names_hashed_by_openssh(tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True)
    kind, encoded, *_ = (tmp_path / "key.pub").read_text().split()
    known = tmp_path / "known_hosts"
    known.write_text(f"[192.0.2.1]:830 {kind} {encoded}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(known)], check=True, capture_output=True)
    assert "192.0.2.1" not in known.read_text()
    shown = base64.b64decode(encoded)
    assert check_key(keys_for(read_known_hosts([str(known)]), "192.0.2.1", 830), shown).status == "known"
    assert check_key(keys_for(read_known_hosts([str(known)]), "192.0.2.2", 830), shown).status == "unknown"
    printed = subprocess.check_output(["ssh-keygen", "-l", "-f", str(tmp_path / "key.pub")], text=True)
    assert fingerprint(shown) in printed


def test_a_known_rsa_key_is_asked_for_by_its_signatures(tmp_path: Path) -> None:
    path = tmp_path / "known_hosts"
    path.write_text(f"r1 ssh-rsa {BLOBS['one']}\n")
    offered = ["ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256"]
    known = keys_for(read_known_hosts([str(path)]), "r1", 22)
    assert preferred_kinds(known, offered) == ["rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519"]
