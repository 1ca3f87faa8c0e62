"""The reversible `$9$` encoding in which Junos keeps secrets it has to use (BGP and OSPF keys).

A router encodes a plain secret with a random salt at every load, so loading the same plain text twice is a
difference; an encoded secret is kept as it is. The emulator does the same: a template that wants `no changes` on the
second push must render the encoded form.

Source: the published algorithm (CPAN Crypt::Juniper), which every Junos configuration parser carries.
"""

from __future__ import annotations

import random

MAGIC = "$9$"
_FAMILIES = ("QzF3n6/9CAtpu0O", "B1IREhcSyrleKvMW8LXx", "7N-dVbwsY2g4oaJZGUDj", "iHkq.mPf5T")
_EXTRA = {char: 3 - index for index, family in enumerate(_FAMILIES) for char in family}
_ALPHABET = "".join(_FAMILIES)
_NUMBER = {char: index for index, char in enumerate(_ALPHABET)}
_WEIGHTS = ((1, 4, 32), (1, 16, 32), (1, 8, 32), (1, 64), (1, 32), (1, 4, 16, 128), (1, 32, 64))


def is_encoded(value: str) -> bool:
    """Whether a secret is in the `$9$` form (or a hash such as `$6$`), which a router keeps untouched."""
    return value.startswith("$") and value.count("$") >= 2


def encode_secret(plain: str, salt: str | None = None) -> str:
    """Encode a plain secret; `salt` is one character of the alphabet, random when not given."""
    salt = salt or random.choice(_ALPHABET)
    filler = "".join(random.choice(_ALPHABET) for _ in range(_EXTRA[salt]))
    previous, out = salt, [MAGIC, salt, filler]
    for position, char in enumerate(plain):
        code = min(ord(char), 255)
        gaps: list[int] = []
        for weight in reversed(_WEIGHTS[position % len(_WEIGHTS)]):
            gaps.insert(0, code // weight)
            code %= weight
        for gap in gaps:
            previous = _ALPHABET[(gap + _NUMBER[previous] + 1) % len(_ALPHABET)]
            out.append(previous)
    return "".join(out)


def decode_secret(value: str) -> str:
    """Return the plain secret of a `$9$` value; any other value is returned as it is.

    Raises ValueError when a `$9$` value is damaged.
    """
    if not value.startswith(MAGIC):
        return value
    rest = value[len(MAGIC) :]
    if not rest or any(char not in _NUMBER for char in rest):
        raise ValueError("not a $9$ secret: unexpected characters")
    previous, rest = rest[0], rest[1 + _EXTRA[rest[0]] :]
    plain: list[str] = []
    while rest:
        weights = _WEIGHTS[len(plain) % len(_WEIGHTS)]
        chunk, rest = rest[: len(weights)], rest[len(weights) :]
        if len(chunk) < len(weights):
            raise ValueError("not a $9$ secret: it ends too early")
        code = 0
        for char, weight in zip(chunk, weights, strict=True):
            gap = (_NUMBER[char] - _NUMBER[previous]) % len(_ALPHABET) - 1
            previous = char
            code += gap * weight
        plain.append(chr(code % 256))
    return "".join(plain)
