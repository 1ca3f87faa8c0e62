# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files to and from a Junos router, over SCP. PyEZ's own SCP would open a session that verifies no host key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from paramiko import SSHException
from scp import SCPClient, SCPException

from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_ssh import (
    SshOptions,
    connect,
    hang_up,
    shell_port,
)
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault


@contextmanager
def _client(options: SshOptions, what: str) -> Iterator[SCPClient]:
    transport = connect(shell_port(options))
    try:
        with SCPClient(transport, socket_timeout=options.command_timeout) as client:
            yield client
    except (SCPException, SSHException, OSError) as error:
        raise RouterFault("rejected", f"{options.router}: {what}: {error}") from error
    finally:
        hang_up(transport)


def copy_to(options: SshOptions, local: str, remote: str) -> None:
    """Copy a local file to the router; raises RouterFault."""
    with _client(options, f"copying {local} to {remote}") as client:
        client.put(local, remote)


def copy_from(options: SshOptions, remote: str, local: str) -> None:
    """Copy a file of the router to a local path; raises RouterFault."""
    with _client(options, f"copying {remote} to {local}") as client:
        client.get(remote, local)
