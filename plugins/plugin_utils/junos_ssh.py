# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An authenticated SSH transport to a router: every step has a deadline, and every failure says which step it was."""

from __future__ import annotations

import contextlib
import getpass
import socket
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import paramiko

from ansible_collections.fairway.backbone.plugins.plugin_utils import junos_hostkeys as hostkeys
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault

_HANG_UP_S = 5.0
_DEFAULT_KEYS = ("~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa")


@dataclass(frozen=True)
class SshOptions:
    """How to reach a router. Times in seconds; `router` is the inventory name, used in messages.

    `connect_timeout` bounds each of: TCP connect, SSH negotiation, login, NETCONF hello. `command_timeout` bounds one
    RPC. `key_port`: another port of the same router, whose host key is good for this one too. The password is kept out
    of repr.
    """

    router: str
    host: str
    port: int = 830
    user: str = ""
    password: str | None = field(default=None, repr=False)
    private_key_file: str | None = None
    passphrase: str | None = field(default=None, repr=False)
    connect_timeout: float = 10.0
    command_timeout: float = 120.0
    check_host_key: bool = True
    known_hosts: tuple[str, ...] = hostkeys.DEFAULT_FILES
    ssh_config: str = "~/.ssh/config"
    look_for_keys: bool = True
    key_port: int = 0

    @property
    def where(self) -> str:
        return f"{self.router} ({self.host} port {self.port})"


@dataclass(frozen=True)
class _Route:
    """What the user's ssh_config adds: where to connect, through what, and under which name the key is known."""

    host: str
    user: str
    key_name: str
    identities: tuple[str, ...] = ()
    known_hosts: tuple[str, ...] = ()
    proxy: str = ""


def _route(options: SshOptions) -> _Route:
    path = Path(options.ssh_config).expanduser() if options.ssh_config else None
    if path is None or not path.is_file():
        return _Route(options.host, options.user or getpass.getuser(), options.host)
    try:
        # Our port goes first, or paramiko would expand %p in a ProxyCommand to the file's or to its own default.
        text = f"Host *\n  Port {options.port}\n{path.read_text(encoding='utf-8')}"
        found: Mapping[str, Any] = paramiko.SSHConfig.from_text(text).lookup(options.host)
    except (OSError, ValueError, paramiko.SSHException) as error:
        raise RouterFault("unreachable", f"{options.router}: {path} cannot be used: {error}") from error
    host = str(found.get("hostname", options.host))
    jump = str(found.get("proxyjump", "none"))
    proxy = str(found.get("proxycommand", "none"))
    if proxy == "none":
        proxy = "" if jump == "none" else _through(jump, host, options.port)
    files = tuple(str(found["userknownhostsfile"]).split()) if "userknownhostsfile" in found else ()
    return _Route(
        host=host,
        user=options.user or str(found.get("user") or getpass.getuser()),
        key_name=str(found.get("hostkeyalias", host)),
        identities=tuple(found.get("identityfile", ())),
        known_hosts=files,
        proxy=proxy,
    )


def _through(jumps: str, host: str, port: int) -> str:
    """ProxyJump as a command: the last host opens the way, those before it lead to that one."""
    *before, last = jumps.split(",")
    via = f"-J {','.join(before)} " if before else ""
    return f"ssh {via}-W [{host}]:{port} {last if '://' in last else f'ssh://{last}'}"


def _socket(options: SshOptions, route: _Route) -> Any:
    if route.proxy:
        return paramiko.ProxyCommand(route.proxy)
    try:
        sock = socket.create_connection((route.host, options.port), timeout=options.connect_timeout)
    except TimeoutError as error:
        raise RouterFault(
            "timeout",
            f"{options.where}: no answer to a TCP connection within {options.connect_timeout:g} s: "
            "is the router up, and is the way to it open?",
        ) from error
    except ConnectionRefusedError as error:
        raise RouterFault(
            "refused",
            f"{options.where}: connection refused: is 'system services netconf ssh' configured, and the port right?",
        ) from error
    except socket.gaierror as error:
        raise RouterFault(
            "unreachable", f"{options.where}: the name does not resolve ({error.strerror}): check ansible_host"
        ) from error
    except OSError as error:
        raise RouterFault("unreachable", f"{options.where}: {error.strerror or error}") from error
    _watch(sock)
    return sock


def _watch(sock: socket.socket) -> None:
    """Notice a router that vanished within half a minute, also while a long commit is awaited."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 4), ("TCP_USER_TIMEOUT", 30000)):
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _known_keys(options: SshOptions, route: _Route) -> list[hostkeys.KnownKey]:
    lines = hostkeys.read_known_hosts(route.known_hosts + options.known_hosts)
    known = hostkeys.keys_for(lines, route.key_name, options.port)
    if options.key_port:
        own = all(key.marker for key in known)
        known += [k for k in hostkeys.keys_for(lines, route.key_name, options.key_port) if own or k.marker]
    return known


def _verify(options: SshOptions, route: _Route, transport: paramiko.Transport, known: list[hostkeys.KnownKey]) -> None:
    key = transport.get_remote_server_key()
    blob = key.asbytes()
    verdict = hostkeys.check_key(known, blob)
    if verdict.status == "known":
        return
    shown = f"{key.get_name()} {hostkeys.fingerprint(blob)}"
    name = hostkeys.names_of(route.key_name, options.port)[0]
    advice = {
        "unknown": f"no key is known for it. Compare the fingerprint with the router's console, then add the key under "
        f"'{name}' to {route.known_hosts[0] if route.known_hosts else options.known_hosts[0]}",
        "changed": f"another key is known ({verdict.place}). Either it was replaced, or this is not the router. "
        f"If it was replaced, remove the old key (ssh-keygen -R '{name}') and add the new one",
        "revoked": f"this key is marked as revoked ({verdict.place})",
    }[verdict.status]
    raise RouterFault("host_key", f"{options.where}: host key {verdict.status}: it shows {shown}, and {advice}")


def _key(options: SshOptions, name: str) -> paramiko.PKey:
    """A private key (and its certificate beside it); the passphrase is offered only to a key that wants one."""
    path = Path(name).expanduser()
    secret = options.passphrase or options.password
    # paramiko says str, and hands it to a library that wants bytes.
    passwords: list[Any] = [None, secret.encode()] if secret else [None]
    for password in passwords:
        try:
            return paramiko.PKey.from_path(path, password)
        except FileNotFoundError as error:
            raise RouterFault("auth", f"{options.where}: the private key {path} does not exist") from error
        except TypeError:
            continue
        except (paramiko.SSHException, OSError, ValueError) as error:
            why = "wrong passphrase?" if password else str(error)
            raise RouterFault("auth", f"{options.where}: the private key {path} cannot be read: {why}") from error
    raise RouterFault("auth", f"{options.where}: the private key {path} needs a passphrase (ansible_password)")


def _credentials(options: SshOptions, route: _Route) -> Iterator[tuple[str, paramiko.PKey | None]]:
    """What to offer, in order, with words for it: the named key or else agent and default keys; then the password."""
    if options.private_key_file:
        yield f"key {options.private_key_file}", _key(options, options.private_key_file)
    elif options.look_for_keys and not options.password:
        for agent_key in paramiko.Agent().get_keys():
            yield "a key of the agent", agent_key
        for name in (*route.identities, *_DEFAULT_KEYS):
            if Path(name).expanduser().is_file():
                with contextlib.suppress(RouterFault):
                    yield f"key {name}", _key(options, name)
    if options.password:
        yield "the password", None


def _login(options: SshOptions, route: _Route, transport: paramiko.Transport) -> None:
    tried: list[str] = []
    for words, key in _credentials(options, route):
        tried.append(words)
        try:
            if key is None:
                transport.auth_password(route.user, options.password or "")
            else:
                transport.auth_publickey(route.user, key)
        except paramiko.AuthenticationException as error:
            # paramiko says the same of a router that hangs up, or says nothing: a reboot does that, and refuses nobody.
            if not transport.is_active() or "timeout" in str(error):
                raise paramiko.SSHException(str(error)) from error
            continue
        if transport.is_authenticated():
            return
    offered = ", ".join(dict.fromkeys(tried)) or "nothing: no key was found and no password is set"
    raise RouterFault(
        "auth",
        f"{options.where}: user '{route.user}' was not let in (tried {offered}): check ansible_user, "
        "ansible_ssh_private_key_file or ansible_password, and the router's login user",
    )


def connect(options: SshOptions) -> paramiko.Transport:
    """An authenticated transport whose host key was verified; raises RouterFault and leaves nothing open then."""
    route = _route(options)
    known = _known_keys(options, route)
    transport = paramiko.Transport(_socket(options, route))
    transport.daemon = True
    transport.banner_timeout = transport.auth_timeout = transport.handshake_timeout = options.connect_timeout
    try:
        if known:
            security = transport.get_security_options()
            security.key_types = hostkeys.preferred_kinds(known, security.key_types)
        transport.start_client(timeout=options.connect_timeout)
        if options.check_host_key:
            _verify(options, route, transport, known)
        _login(options, route, transport)
    except (paramiko.SSHException, EOFError, OSError) as error:
        hang_up(transport)
        reason = str(error) or type(error).__name__
        raise RouterFault("unreachable", f"{options.where}: no SSH session: {reason}") from error
    except RouterFault:
        hang_up(transport)
        raise
    return transport


def hang_up(transport: paramiko.Transport) -> None:
    """Close a transport, and end the program that carried it when it went through a jump host. Never raises."""
    transport.close()
    program: subprocess.Popen[bytes] | None = getattr(transport.sock, "process", None)
    if program is None:
        return
    # paramiko's thread signals the program once more when it ends: it must not be gone by then.
    transport.join(_HANG_UP_S)
    program.kill()
    for stream in (program.stdin, program.stdout, program.stderr):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
    program.wait()


def shell_port(options: SshOptions) -> SshOptions:
    """The options for a shell or a file copy: a router's NETCONF port serves nothing but NETCONF. Its SSH daemon is the
    same, and so is its host key."""
    return replace(options, port=22, key_port=830) if options.port == 830 else options
