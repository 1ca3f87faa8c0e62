"""Who may log in: the command line's user and keys, and the login users of the running configuration."""

from __future__ import annotations

import ctypes
import ctypes.util
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import asyncssh

KEY_STATEMENTS = ("ssh-ed25519", "ssh-rsa", "ssh-ecdsa", "ssh-dsa")


@dataclass
class Credentials:
    """What the command line allows. Without `user`, `keys` open the door for every name."""

    user: str | None = None
    password: str | None = None
    keys: list[str] = field(default_factory=list)

    def any(self) -> bool:
        """Whether somebody could log in with these at all."""
        return bool(self.keys) or (self.user is not None and self.password is not None)


class Authenticator:
    """Decides about passwords and public keys; `active` gives the running configuration as plain data."""

    def __init__(self, credentials: Credentials, active: Callable[[], Mapping[str, Any]]) -> None:
        self._credentials = credentials
        self._active = active
        self._command_line_keys = [_public(text) for text in credentials.keys]

    def password_ok(self, user: str, password: str) -> bool:
        """Compare with the command line's password, then with the configuration's encrypted one."""
        own = self._credentials
        if own.user == user and own.password is not None:
            return hmac.compare_digest(own.password.encode(), password.encode())
        encrypted = _authentication(self._active(), user).get("encrypted-password")
        return isinstance(encrypted, str) and crypt_matches(password, encrypted)

    def key_ok(self, user: str, key: asyncssh.SSHKey) -> bool:
        """Whether this public key is the user's, on the command line or in the configuration."""
        offered = key.public_data
        if self._credentials.user in (None, user) and offered in self._command_line_keys:
            return True
        return offered in configured_keys(self._active(), user)

    def anybody(self) -> bool:
        """Whether any login at all is possible now."""
        return self._credentials.any() or bool(_login_users(self._active()))


def configured_keys(active: Mapping[str, Any], user: str) -> list[bytes]:
    """The public keys (wire form) of one login user, or of root, in the active configuration."""
    authentication = _authentication(active, user)
    lines: list[str] = []
    for statement in KEY_STATEMENTS:
        value = authentication.get(statement)
        lines += [value] if isinstance(value, str) else list(value or [])
    return [key for key in map(_public_or_none, lines) if key is not None]


def _authentication(active: Mapping[str, Any], user: str) -> Mapping[str, Any]:
    if user == "root":
        found = _below(_below(active, "system"), "root-authentication")
    else:
        found = _below(_below(_login_users(active), user), "authentication")
    return found


def _login_users(active: Mapping[str, Any]) -> Mapping[str, Any]:
    return _below(_below(_below(active, "system"), "login"), "user")


def _below(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    return value if isinstance(value, Mapping) else {}


@cache
def _public(text: str) -> bytes:
    return asyncssh.import_public_key(text).public_data


def _public_or_none(text: str) -> bytes | None:
    try:
        return _public(text.strip().strip('"'))
    except (asyncssh.KeyImportError, ValueError):
        return None


@cache
def _crypt() -> Any | None:
    """The C library's crypt(3), or None where there is none (then encrypted passwords are refused)."""
    name = ctypes.util.find_library("crypt")
    if name is None:
        return None
    function = ctypes.CDLL(name).crypt
    function.restype = ctypes.c_char_p
    function.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
    return function


def crypt_matches(password: str, encrypted: str) -> bool:
    """Whether the password has this crypt(3) hash; never true for `*` and other non-hashes."""
    function = _crypt()
    if function is None or not encrypted.startswith("$"):
        return False
    result = function(password.encode(), encrypted.encode())
    return isinstance(result, bytes) and hmac.compare_digest(result, encrypted.encode())


def read_authorized_keys(text: str) -> list[str]:
    """The keys of an authorized_keys file without their options; raises ValueError naming the line."""
    keys = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        start = min((at for at in (line.find(kind) for kind in ("ssh-", "ecdsa-", "sk-")) if at >= 0), default=0)
        try:
            _public(line[start:])
        except (asyncssh.KeyImportError, ValueError) as error:
            raise ValueError(f"line {number}: not a public key ({error})") from None
        keys.append(line[start:])
    return keys
