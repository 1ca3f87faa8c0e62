"""What ssh says of an FRR router is told in one line, with the router's name and what to do."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleConnectionFailure

from ansible_collections.fairway.backbone.plugins.plugin_utils.frr import connection_fault

SENT = 'Data could not be sent to remote host "192.0.2.132". Make sure this host can be reached over ssh: '
LOGIN = "check ansible_user, ansible_ssh_private_key_file, and the router's login user"
KEY = "compare its fingerprint with the router's console, then put its key into ~/.ssh/known_hosts"
CHANGED = """\
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
Host key verification failed."""


@pytest.mark.parametrize(
    "said, kind, told",
    [
        (
            f"{SENT}ssh: connect to host 192.0.2.132 port 22: Connection timed out",
            "timeout",
            "r1: ssh: connect to host 192.0.2.132 port 22: Connection timed out: check ansible_host, and the way to it",
        ),
        (
            f"{SENT}nobody@192.0.2.132: Permission denied (publickey).",
            "auth",
            f"r1: nobody@192.0.2.132: Permission denied (publickey): {LOGIN}",
        ),
        (
            f"Failed to connect to the host via ssh: {CHANGED}",
            "host_key",
            f"r1: WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! Host key verification failed: {KEY}",
        ),
        ("Failed to connect to the host via ssh:", "lost", "r1: Failed to connect to the host via ssh:"),
        (f"{SENT}Connection closed by remote host", "lost", "r1: Connection closed by remote host"),
    ],
    ids=["timeout", "auth", "host key", "silence", "cut"],
)
def test_one_line_with_a_remedy(said: str, kind: str, told: str) -> None:
    fault = connection_fault("r1", AnsibleConnectionFailure(said))
    assert (fault.kind, fault.message) == (kind, told)
