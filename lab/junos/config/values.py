"""Value types: what a statement's value may be, its one written form, and the router's words when it is wrong."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass

from lab.junos.config.errors import SYNTAX_ERROR, BadValueError
from lab.junos.config.secret import encode_secret, is_encoded

_HOST = re.compile(r"^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$")
_SIZE = re.compile(r"^\d+[kmg]?$")
_RANGE = re.compile(r"^\d+-\d+$")
_WELL_KNOWN = {"no-advertise", "no-export", "no-export-subconfed", "llgr-stale", "no-llgr", "accept-own", "blackhole"}
_WORD = re.compile(r"^[A-Za-z][A-Za-z0-9-]*$")


@dataclass(frozen=True, slots=True)
class ValueType:
    """A type by name with its arguments: `int(256..9192)`, `enum(a|b)`, `ip-prefix`, `string`."""

    name: str
    low: int = 0
    high: int = 0
    words: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> ValueType:
        """Parse a type as the hierarchy files write it. Raises ValueError for one that does not exist."""
        name, _, args = text.partition("(")
        args = args.rstrip(")")
        if name == "int":
            low, _, high = args.partition("..")
            return cls("int", int(low or 0), int(high or 4294967295))
        if name == "enum":
            return cls("enum", words=tuple(args.split("|")))
        if name not in _CHECKS:
            raise ValueError(f"value type {text!r} does not exist; have {sorted(_CHECKS)}")
        return cls(name)

    @property
    def numeric(self) -> bool:
        """Whether Junos writes the value as a number in JSON."""
        return self.name in ("int", "asn", "unit")

    def normalise(self, raw: str) -> str:
        """Return the value in the form a router stores. Raises BadValueError in the router's words."""
        if self.name == "int":
            return _integer(raw, self.low, self.high)
        if self.name == "enum":
            if raw not in self.words:
                raise BadValueError(SYNTAX_ERROR)
            return raw
        return _CHECKS[self.name](raw)

    def accepts(self, raw: str) -> bool:
        """Whether `normalise` would take the value."""
        try:
            self.normalise(raw)
        except BadValueError:
            return False
        return True


def _integer(raw: str, low: int, high: int) -> str:
    if not raw.isascii() or not raw.isdigit():
        raise BadValueError(f"Invalid numeric value: '{raw}'")
    number = int(raw)
    if not low <= number <= high:
        raise BadValueError(f"Value {number} is not within range ({low}..{high})")
    return str(number)


def _string(raw: str) -> str:
    return raw


def _name(raw: str) -> str:
    if not raw or len(raw) > 255:
        raise BadValueError("name must be 1 to 255 characters long")
    return raw


def _address(version: int | None) -> Callable[[str], str]:
    what = "ip" if version is None else f"ipv{version}"

    def check(raw: str) -> str:
        try:
            address = ipaddress.ip_address(raw)
        except ValueError:
            raise BadValueError(f"invalid {what} address: {raw}") from None
        if version is not None and address.version != version:
            raise BadValueError(f"invalid {what} address: {raw}")
        return str(address)

    return check


def _prefix(version: int | None, *, default_length: bool = True) -> Callable[[str], str]:
    what = "ip" if version is None else f"ipv{version}"

    def check(raw: str) -> str:
        text, slash, length = raw.partition("/")
        if slash and ":" not in text and text.count(".") < 3:
            text += ".0" * (3 - text.count("."))  # 10/8 and 0/0 are accepted, as on a router
        if not slash and not default_length:
            raise BadValueError(f"missing prefix length: {raw}")
        try:
            interface = ipaddress.ip_interface(f"{text}/{length}" if slash else text)
        except ValueError:
            raise BadValueError(f"invalid {what} prefix: {raw}") from None
        if version is not None and interface.version != version:
            raise BadValueError(f"invalid {what} prefix: {raw}")
        if slash and not length.isdigit():
            raise BadValueError(f"invalid prefix length '{length}' in {what} prefix: {raw}")
        return f"{interface.ip}/{interface.network.prefixlen}"

    return check


def _host(raw: str) -> str:
    try:
        return str(ipaddress.ip_address(raw))
    except ValueError:
        if not _HOST.match(raw) or re.fullmatch(r"[0-9.]+", raw):
            raise BadValueError(f"invalid ip address or hostname: {raw}") from None
    return raw


def _area(raw: str) -> str:
    if raw.isdigit() and int(raw) < 2**32:
        return str(ipaddress.IPv4Address(int(raw)))
    return _address(4)(raw)


def _asn(raw: str) -> str:
    high, dot, low = raw.partition(".")
    if dot:
        return str(int(_integer(high, 0, 65535)) * 65536 + int(_integer(low, 0, 65535)))
    return _integer(raw, 1, 4294967295)


def _next_hop(raw: str) -> str:
    try:
        return str(ipaddress.ip_address(raw))
    except ValueError:
        return _interface(raw)


def _interface(raw: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9*-]*(?:[-/:][A-Za-z0-9*]+)*(?:\.(?:\d+|\*))?", raw):
        raise BadValueError(f"invalid interface name: {raw}")
    return raw


def _unit(raw: str) -> str:
    return _integer(raw, 0, 1073741823)


def _size(raw: str) -> str:
    if not _SIZE.match(raw):
        raise BadValueError(f"Invalid numeric value: '{raw}'")
    return raw


def _port(raw: str) -> str:
    if raw.isdigit():
        return _integer(raw, 0, 65535)
    if _RANGE.match(raw):
        low, _, high = raw.partition("-")
        return f"{_integer(low, 0, 65535)}-{_integer(high, 0, 65535)}"
    if not _WORD.match(raw):
        raise BadValueError(f"invalid value: {raw}")
    return raw


def _protocol(raw: str) -> str:
    if raw.isdigit():
        return _integer(raw, 0, 255)
    if not _WORD.match(raw):
        raise BadValueError(f"invalid value: {raw}")
    return raw


def _length(raw: str) -> str:
    if not re.fullmatch(r"/\d{1,3}", raw) or int(raw[1:]) > 128:
        raise BadValueError(f"invalid prefix length: {raw}")
    return raw


def _length_range(raw: str) -> str:
    low, dash, high = raw.partition("-")
    if not dash:
        raise BadValueError(f"invalid prefix length range: {raw}")
    return f"{_length(low)}-{_length(high)}"


def _secret(raw: str) -> str:
    return raw if is_encoded(raw) else encode_secret(raw)


def _community(raw: str) -> str:
    """A community, a well-known name, or a regular expression over communities."""
    if raw in _WELL_KNOWN or (":" in raw and not raw.startswith(":") and not raw.endswith(":")):
        parts = raw.split(":")
        if len(parts) == 2 and all(part.isdigit() for part in parts) and any(int(part) > 65535 for part in parts):
            raise BadValueError(f"invalid community: {raw}")
        return raw
    if any(char in raw for char in "*^$.[("):
        return raw
    raise BadValueError(f"invalid community: {raw}")


def _regex(raw: str) -> str:
    if not raw:
        raise BadValueError("regular expression is empty")
    return raw


_CHECKS: dict[str, Callable[[str], str]] = {
    "area": _area,
    "community": _community,
    "asn": _asn,
    "host": _host,
    "interface": _interface,
    "ip": _address(None),
    "ip-prefix": _prefix(None),
    "ipv4": _address(4),
    "ipv4-prefix": _prefix(4),
    "ipv6": _address(6),
    "ipv6-prefix": _prefix(6),
    "length": _length,
    "length-range": _length_range,
    "name": _name,
    "next-hop": _next_hop,
    "port": _port,
    "protocol": _protocol,
    "regex": _regex,
    "secret": _secret,
    "size": _size,
    "string": _string,
    "unit": _unit,
}
