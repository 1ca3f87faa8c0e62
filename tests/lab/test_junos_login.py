"""A router that does not finish a login, as one that reboots, has refused nobody: it is worth another try."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import paramiko
import pytest

from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_ssh import SshOptions, connect
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault

Deed = Callable[[paramiko.Transport, threading.Event], None]


class Door(paramiko.ServerInterface):
    """Does something when it is shown a password, and lets nobody in."""

    def __init__(self, transport: paramiko.Transport, deed: Deed, over: threading.Event) -> None:
        self.transport, self.deed, self.over = transport, deed, over

    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_auth_password(self, username: str, password: str) -> int:
        self.deed(self.transport, self.over)
        return paramiko.common.AUTH_FAILED


def refuses(_transport: paramiko.Transport, _over: threading.Event) -> None:
    """Says no."""


def hangs_up(transport: paramiko.Transport, _over: threading.Event) -> None:
    transport.sock.close()


def says_nothing(_transport: paramiko.Transport, over: threading.Event) -> None:
    over.wait(60)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.settimeout(60)
        yield made


@pytest.mark.parametrize(
    "deed, kind, says",
    [
        (refuses, "auth", "user 'lab' was not let in (tried the password)"),
        (hangs_up, "unreachable", "no SSH session"),
        (says_nothing, "unreachable", "no SSH session"),
    ],
)
def test_only_a_router_that_says_no_has_refused_anybody(
    listener: socket.socket, deed: Deed, kind: str, says: str
) -> None:
    over = threading.Event()

    def serve() -> None:
        transport = paramiko.Transport(listener.accept()[0])
        transport.add_server_key(paramiko.ECDSAKey.generate())
        transport.start_server(server=Door(transport, deed, over))
        over.wait(60)
        transport.close()

    router = threading.Thread(target=serve)
    router.start()
    port = listener.getsockname()[1]
    options = SshOptions(
        "r1", "127.0.0.1", port, "lab", "secret", connect_timeout=5, check_host_key=False, ssh_config=""
    )
    try:
        with pytest.raises(RouterFault, match="r1 ") as caught:
            connect(options)
    finally:
        over.set()
        router.join(60)
    assert caught.value.kind == kind, caught.value
    assert says in caught.value.message
