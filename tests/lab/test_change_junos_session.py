"""Ways into a Junos router: keys, passphrases, the user's ssh_config, a jump host; files; and PyEZ on our session."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_files import copy_from, copy_to
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault

from .change_junos import World, host_key_line
from .junos_emulator import USER, Emulator, eventually


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with two key pairs: `plain`, and `locked` behind a passphrase."""
    directory = tmp_path_factory.mktemp("keys")
    for name, passphrase in (("plain", ""), ("locked", "open sesame")):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", str(directory / name)], check=True)
    both = "".join((directory / f"{name}.pub").read_text() for name in ("plain", "locked"))
    (directory / "authorized_keys").write_text(both)
    return directory


@pytest.fixture(scope="module")
def world(keys: Path) -> Iterator[World]:
    arguments = ["--authorized-keys", str(keys / "authorized_keys"), "--print-host-key", str(keys / "host.pub")]
    with Emulator(*arguments) as emulator:
        (keys / "known_hosts").write_text(host_key_line(keys / "host.pub", emulator.port))
        yield World(emulator)


def test_login_by_key(world: World, keys: Path) -> None:
    with world.in_hand(password=None, private_key_file=str(keys / "plain")) as router:
        assert router.history()
    # A password beside a key that needs none must not spoil the key.
    with world.in_hand(password="unrelated", private_key_file=str(keys / "plain")) as router:
        assert router.history()


def test_login_by_a_key_with_a_passphrase(world: World, keys: Path) -> None:
    locked = str(keys / "locked")
    with world.in_hand(password="open sesame", private_key_file=locked) as router:
        assert router.history()
    with world.in_hand(password=None, private_key_file=locked) as router, pytest.raises(RouterFault) as missing:
        router.history()
    assert "needs a passphrase" in missing.value.message
    with world.in_hand(password="wrong", private_key_file=locked) as router, pytest.raises(RouterFault) as wrong:
        router.history()
    assert "wrong passphrase?" in wrong.value.message


def test_the_user_s_ssh_config(world: World, keys: Path, tmp_path: Path) -> None:
    """An alias, a key, a known_hosts file of its own, and a way through a jump host that sees all bytes pass."""
    log = tmp_path / "passed"
    relay = tmp_path / "relay.py"
    relay.write_text(
        "import os, socket, sys, threading\n"
        f"open({str(log)!r}, 'w').write(' '.join(sys.argv[1:]))\n"
        "s = socket.create_connection((sys.argv[1], int(sys.argv[2])))\n"
        "def up():\n"
        "    while data := os.read(0, 65536): s.sendall(data)\n"
        "    os._exit(0)\n"
        "threading.Thread(target=up, daemon=True).start()\n"
        "while data := s.recv(65536): os.write(1, data)\n"
    )
    config = tmp_path / "config"
    config.write_text(
        f"Host the-router\n  HostName 127.0.0.1\n  User {USER}\n  IdentityFile {keys / 'plain'}\n"
        f"  UserKnownHostsFile {keys / 'known_hosts'}\n  ProxyCommand {sys.executable} {relay} %h %p\n"
    )
    options = {"host": "the-router", "user": "", "password": None, "ssh_config": str(config), "check_host_key": True}
    with world.in_hand(**options, known_hosts=()) as router:
        assert router.history()
    assert log.read_text() == f"127.0.0.1 {world.emulator.port}"


def test_files_come_and_go(world: World, tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"payload \x00\xff" * 1000)
    with world.in_hand() as router:
        copy_to(router.session.options, str(tmp_path / "there"), "/var/tmp/payload")
        copy_from(router.session.options, "/var/tmp/payload", str(tmp_path / "back"))
        assert (tmp_path / "back").read_bytes() == (tmp_path / "there").read_bytes()
        with pytest.raises(RouterFault) as missing:
            copy_from(router.session.options, "/var/tmp/no-such-file", str(tmp_path / "x"))
    assert "no-such-file" in missing.value.message


def test_pyez_works_on_the_session(world: World) -> None:
    with world.in_hand() as router:
        device = router.session.device
        assert device.facts["version"]
        assert "Hostname" in device.cli("show version", warning=False)
        assert device.rpc.get_software_information().findtext(".//junos-version")


def test_a_request_does_not_wait_for_the_client_s_clockwork(world: World) -> None:
    """ncclient alone looks every 0.1 s for something to send: twenty requests would take it two seconds."""
    with world.in_hand() as router:
        router.history()

        def twenty() -> float:
            began = time.monotonic()
            for _ in range(20):
                router.session.call("get-rescue-information")
            return time.monotonic() - began

        # At its best: with ncclient's clockwork it would be two seconds every time, however idle the machine is.
        eventually(lambda: twenty() < 1.5, what="twenty requests within 1.5 s")


def test_a_port_that_speaks_no_netconf_is_named(world: World, tmp_path: Path) -> None:
    """A plain web server, and a port that accepts and says nothing."""
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline().split(" port ")[1].split()[0])
            with world.in_hand(port=port, connect_timeout=1.0) as router, pytest.raises(RouterFault) as fault:
                router.history()
        finally:
            server.terminate()
    assert fault.value.kind == "unreachable"
    assert fault.value.message.startswith(f"r1 (127.0.0.1 port {port}): no SSH session:")
