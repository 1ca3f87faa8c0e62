# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form in which Junos keeps a secret it has to use itself (BGP and OSPF keys): `$9$...`, reversible, not secret.

A router that is given the plain text encodes it with a random salt at every load, so that each push of the same key is
a difference. An encoded key is kept as it is: this encodes with a salt that depends on the key alone.
The algorithm is the public one (CPAN Crypt::Juniper).
"""

from __future__ import annotations

import hashlib

_FAMILIES = ("QzF3n6/9CAtpu0O", "B1IREhcSyrleKvMW8LXx", "7N-dVbwsY2g4oaJZGUDj", "iHkq.mPf5T")
_ALPHABET = "".join(_FAMILIES)
_PLACE = {char: place for place, char in enumerate(_ALPHABET)}
# How many characters of filler follow a salt out of each family.
_FILLER = {char: 3 - family for family, chars in enumerate(_FAMILIES) for char in chars}
# The weights that a character's code is cut into, by its position in the secret.
_WEIGHTS = ((1, 4, 32), (1, 16, 32), (1, 8, 32), (1, 64), (1, 32), (1, 4, 16, 128), (1, 32, 64))


def is_encoded(secret: str) -> bool:
    return secret.startswith("$9$")


def junos_secret(secret: str) -> str:
    """`secret` in the `$9$` form, the same at every call; an encoded one is returned as it is.

    Raises ValueError for a character outside Latin-1, which the form cannot carry; the message does not tell it.
    """
    if is_encoded(secret):
        return secret
    if any(ord(char) > 255 for char in secret):
        raise ValueError("a secret with a character outside Latin-1, which Junos cannot keep")
    grains = hashlib.sha256(secret.encode("latin-1")).digest()
    salt = _ALPHABET[grains[0] % len(_ALPHABET)]
    filler = "".join(_ALPHABET[grain % len(_ALPHABET)] for grain in grains[1 : 1 + _FILLER[salt]])
    return f"$9${salt}{filler}{_gaps(secret, salt)}"


def _gaps(secret: str, salt: str) -> str:
    """Each character as distances, in the alphabet, from the character written before."""
    out: list[str] = []
    previous = salt
    for position, char in enumerate(secret):
        rest = ord(char)
        distances: list[int] = []
        for weight in reversed(_WEIGHTS[position % len(_WEIGHTS)]):
            distances.insert(0, rest // weight)
            rest %= weight
        for distance in distances:
            previous = _ALPHABET[(distance + _PLACE[previous] + 1) % len(_ALPHABET)]
            out.append(previous)
    return "".join(out)
