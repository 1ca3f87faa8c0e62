"""A hook with TLS that asks senders for a certificate: without one of its CA, nobody is even asked for a token."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.hostile.hook_house import House
from tests.hostile.hook_sender import KEY, alert, alertmanager, post

pytestmark = [pytest.mark.hostile, pytest.mark.timeout(420)]


def openssl(folder: Path, *words: str) -> None:
    """Run openssl in a directory."""
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def authority(folder: Path, name: str) -> None:
    """A CA: NAME.crt and NAME.key."""
    openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.crt")  # fmt: skip


def certificate(folder: Path, name: str, by: str) -> None:
    """A certificate that a CA signed: NAME.crt and NAME.key, for localhost."""
    openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", f"{name}.key",
            "-out", f"{name}.csr")  # fmt: skip
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{by}.crt", "-CAkey", f"{by}.key", "-CAcreateserial",
            "-days", "2", "-copy_extensions", "copy", "-out", f"{name}.crt")  # fmt: skip


@pytest.fixture(scope="module")
def hook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, int]]:
    """A hook with a certificate, which wants to see one of `senders`."""
    house = House(tmp_path_factory.mktemp("house"))
    try:
        for name in ("hooks", "senders", "strangers"):
            authority(house.root, name)
        for name, by in (("hook", "hooks"), ("sender", "senders"), ("stranger", "strangers")):
            certificate(house.root, name, by)
        house.runner()
        _service, port = house.hook(
            hook_certfile=str(house.root / "hook.crt"), hook_keyfile=str(house.root / "hook.key"),
            hook_cafile=str(house.root / "senders.crt"),
        )  # fmt: skip
        house.awaits_run(0.0, "the start")
        yield house, port
    finally:
        house.leave()


def context(house: House, name: str) -> ssl.SSLContext:
    """A sender who trusts the hook's CA, with a certificate of a name, or none."""
    made = ssl.create_default_context(cafile=str(house.root / "hooks.crt"))
    if name:
        made.load_cert_chain(house.root / f"{name}.crt", house.root / f"{name}.key")
    return made


def test_with_certificate_and_token_a_knock_is_heard(hook: tuple[House, int]) -> None:
    house, port = hook
    before = house.settled()
    assert post(port, alertmanager(alert()), context=context(house, "sender")) == 200
    house.poll(lambda: house.runs() > before, "a run")


@pytest.mark.parametrize("who", ["", "stranger", "plain HTTP"])
def test_without_the_certificate_nobody_is_heard(hook: tuple[House, int], who: str) -> None:
    house, port = hook
    before = house.settled()
    with pytest.raises((OSError, HTTPException)):
        post(port, alertmanager(alert()), KEY, context=None if who == "plain HTTP" else context(house, who))
    assert house.settled() == before


def test_the_certificate_alone_is_not_enough(hook: tuple[House, int]) -> None:
    house, port = hook
    assert post(port, headers={}, context=context(house, "sender")) == 401


def test_old_tls_is_refused(hook: tuple[House, int]) -> None:
    house, port = hook
    old = context(house, "sender")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_2
    assert post(port, context=old) == 200
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
        input=b"", capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode != 0
