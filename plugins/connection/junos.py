# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: junos
short_description: NETCONF session with a Junos router
version_added: 0.1.0
author: Fairway contributors (@fairway)
description:
  - Keeps one NETCONF session over SSH with a Junos router for the length of a task, through PyEZ.
  - Host keys are verified by default, against the user's and the system's known hosts files.
  - The plugins of this collection work through the session. M(ansible.builtin.raw) runs an operational command.
    Files are copied over SCP, on port 22 when O(port) is 830. Modules that need Python on the target do not work.
requirements:
  - junos-eznc
options:
  host:
    description: Address or name of the router.
    type: str
    default: inventory_hostname
    vars:
      - name: inventory_hostname
      - name: ansible_host
      - name: ansible_ssh_host
  router:
    description: The router's name in the inventory, for messages.
    type: str
    vars:
      - name: inventory_hostname
  port:
    description: Port of the router's NETCONF service.
    type: int
    default: 830
    vars:
      - name: ansible_port
      - name: ansible_ssh_port
    keyword:
      - name: port
  remote_user:
    description: User to log in as. Without it, the user that O(ssh_config) names, or the local one.
    type: str
    vars:
      - name: ansible_user
      - name: ansible_ssh_user
    env:
      - name: ANSIBLE_REMOTE_USER
    ini:
      - section: defaults
        key: remote_user
    cli:
      - name: user
    keyword:
      - name: remote_user
  password:
    description: Password of the user, and passphrase of O(private_key_file) when that key is encrypted.
    type: str
    vars:
      - name: ansible_password
      - name: ansible_ssh_pass
      - name: ansible_ssh_password
  private_key_file:
    description:
      - Private key to log in with. A certificate beside it (C(-cert.pub)) is used too.
      - Without it and without O(password), the keys of the agent, of O(ssh_config) and the usual files are offered.
    type: path
    vars:
      - name: ansible_private_key_file
      - name: ansible_ssh_private_key_file
    env:
      - name: ANSIBLE_PRIVATE_KEY_FILE
    ini:
      - section: defaults
        key: private_key_file
    cli:
      - name: private_key_file
        option: --private-key
  host_key_checking:
    description: Whether the router's host key must be known. Leave it on.
    type: bool
    default: true
    vars:
      - name: ansible_host_key_checking
      - name: ansible_ssh_host_key_checking
    env:
      - name: ANSIBLE_HOST_KEY_CHECKING
      - name: ANSIBLE_SSH_HOST_KEY_CHECKING
    ini:
      - section: defaults
        key: host_key_checking
  known_hosts:
    description:
      - Files of known host keys, as OpenSSH writes them. Keys of a port other than 22 stand under C([name]:port), or
        under the bare name. A C(UserKnownHostsFile) of O(ssh_config) is read as well.
    type: list
    elements: path
    default: [~/.ssh/known_hosts, ~/.ssh/known_hosts2, /etc/ssh/ssh_known_hosts, /etc/ssh/ssh_known_hosts2]
    vars:
      - name: ansible_junos_known_hosts
    env:
      - name: FAIRWAY_KNOWN_HOSTS
  ssh_config:
    description:
      - OpenSSH client configuration, for jump hosts (C(ProxyJump), C(ProxyCommand)), C(HostName), C(User),
        C(IdentityFile), C(UserKnownHostsFile) and C(HostKeyAlias). Empty to read none.
    type: str
    default: ~/.ssh/config
    vars:
      - name: ansible_junos_ssh_config
  timeout:
    description: Seconds that each of TCP connect, SSH negotiation, login and NETCONF greeting may take.
    type: float
    default: 10
    vars:
      - name: ansible_timeout
      - name: ansible_ssh_timeout
    env:
      - name: ANSIBLE_TIMEOUT
    ini:
      - section: defaults
        key: timeout
    cli:
      - name: timeout
  command_timeout:
    description: Seconds that one request may take. Commits of large configurations take minutes.
    type: float
    default: 300
    vars:
      - name: ansible_command_timeout
  recover_timeout:
    description: Seconds to look for a router whose session was lost in the middle of a change.
    type: float
    default: 60
    vars:
      - name: ansible_junos_recover_timeout
"""

from functools import wraps
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleAuthenticationFailure, AnsibleConnectionFailure, AnsibleFileNotFound
from ansible.plugins.connection import ConnectionBase

from ansible_collections.fairway.backbone.plugins.plugin_utils import junos_requests as requests
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_files import copy_from, copy_to
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_session import JunosSession
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_ssh import SshOptions
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault


def _as_ansible(method: Any) -> Any:
    """A router's fault as the exception that Ansible's own modules expect of a connection."""

    @wraps(method)
    def wrapper(self: Connection, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except RouterFault as fault:
            kind = AnsibleAuthenticationFailure if fault.kind == "auth" else AnsibleConnectionFailure
            raise kind(fault.message) from fault

    return wrapper


class Connection(ConnectionBase):
    """A NETCONF session; `session` is for the plugins of this collection, the rest for Ansible's own modules."""

    transport = "fairway.backbone.junos"
    has_pipelining = False
    has_tty = False

    _session: JunosSession | None = None

    @property
    def session(self) -> JunosSession:
        """The session of this task; it opens on first use."""
        if self._session is None:
            self._session = JunosSession(self._ssh_options())
        return self._session

    def _ssh_options(self) -> SshOptions:
        option = self.get_option
        host = str(option("host"))
        return SshOptions(
            router=str(option("router") or host),
            host=host,
            port=int(option("port")),
            user=str(option("remote_user") or ""),
            password=option("password") or None,
            private_key_file=option("private_key_file") or None,
            connect_timeout=float(option("timeout")),
            command_timeout=float(option("command_timeout")),
            check_host_key=bool(option("host_key_checking")),
            known_hosts=tuple(option("known_hosts")),
            ssh_config=str(option("ssh_config") or ""),
        )

    @_as_ansible
    def _connect(self) -> Connection:
        self.session.open()
        self._connected = True
        return self

    @_as_ansible
    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        """Run an operational command; what the router refuses is return code 1 with its words as error output."""
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        reply = self.session.call(requests.command(cmd))
        text = "".join(reply.root.itertext()).strip("\n")
        return (1, b"", f"{reply.message}\n".encode()) if reply.errors else (0, f"{text}\n".encode(), b"")

    @_as_ansible
    def put_file(self, in_path: str, out_path: str) -> None:
        """Copy a file to the router, over SCP."""
        super().put_file(in_path, out_path)
        if not Path(in_path).is_file():
            raise AnsibleFileNotFound(f"{self.session.options.router}: there is no file {in_path} to copy")
        copy_to(self.session.options, in_path, out_path)

    @_as_ansible
    def fetch_file(self, in_path: str, out_path: str) -> None:
        """Copy a file from the router, over SCP."""
        super().fetch_file(in_path, out_path)
        copy_from(self.session.options, in_path, out_path)

    def close(self) -> None:
        """End the session."""
        if self._session is not None:
            self._session.close()
            self._session = None
        self._connected = False

    def reset(self) -> None:
        """End the session; the next use opens a new one."""
        self.close()
