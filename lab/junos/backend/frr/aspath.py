"""Junos AS path regular expressions as FRR's.

Junos matches whole AS numbers and is anchored at both ends; FRR matches text. A Junos expression becomes one or more
FRR expressions (any of them may match), each written as a sequence of `NUMBER_`, where `_` is a separator or the end.
vtysh takes `|` for a pipe, so that alternatives become several expressions.
"""

from __future__ import annotations

import re
from itertools import product

_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|(\[[^\]]*\])|(\{\d+(?:,\d*)?\})|([().|*+?^$])|(\S))")
MAX_EXPRESSIONS = 64
ANY = "[0-9]+_"


class AsPathError(ValueError):
    """An expression that cannot be written for FRR; the text says which part."""


def translate(expression: str) -> list[str]:
    """FRR expressions of which at least one matches exactly when the Junos expression does."""
    tokens = [next(group for group in match if group) for match in _TOKEN.findall(expression.strip().strip('"'))]
    parser = _Parser([token for token in tokens if token not in ("^", "$")])
    found = parser.alternatives()
    if parser.rest:
        raise AsPathError(f"unexpected {parser.rest[0]!r}")
    return [f"^{item}$" for item in dict.fromkeys(found)]


class _Parser:
    """Recursive descent; every rule returns the list of its alternatives."""

    def __init__(self, tokens: list[str]) -> None:
        self.rest = tokens

    def alternatives(self) -> list[str]:
        found = self.sequence()
        while self.rest and self.rest[0] == "|":
            self.rest = self.rest[1:]
            found = found + self.sequence()
        return found

    def sequence(self) -> list[str]:
        pieces: list[list[str]] = []
        while self.rest and self.rest[0] not in ("|", ")"):
            pieces.append(self.repeated())
        count = 1
        for piece in pieces:
            count *= len(piece)
        if count > MAX_EXPRESSIONS:
            raise AsPathError("too many alternatives")
        return ["".join(choice) for choice in product(*pieces)]

    def repeated(self) -> list[str]:
        found = self.atom()
        if not self.rest or not (self.rest[0] in "*+?" or self.rest[0].startswith("{")):
            return found
        quantifier, self.rest = self.rest[0], self.rest[1:]
        if len(found) == 1:
            return [f"({found[0]}){quantifier}"] if found[0] else found
        if quantifier == "?":
            return ["", *found]
        raise AsPathError(f"alternatives or a range before {quantifier!r}")

    def atom(self) -> list[str]:
        word, self.rest = self.rest[0], self.rest[1:]
        if word == "(":
            found = self.alternatives() if self.rest[:1] != [")"] else [""]
            if self.rest[:1] != [")"]:
                raise AsPathError("missing ')'")
            self.rest = self.rest[1:]
            return found
        if word == ".":
            return [ANY]
        if word.startswith("["):
            return _range(word)
        if word[0].isdigit():
            return [f"{_plain(word)}_"]
        raise AsPathError(f"unexpected {word!r}")


def _plain(number: str) -> int:
    high, dot, low = number.partition(".")
    return int(high) * 65536 + int(low) if dot else int(high)


def _range(token: str) -> list[str]:
    found: list[str] = []
    for piece in token[1:-1].replace(",", " ").split():
        low, dash, high = piece.partition("-")
        if not low.isdigit() or (dash and not high.isdigit()):
            raise AsPathError(f"unexpected {piece!r}")
        found += [f"{pattern}_" for pattern in number_patterns(int(low), int(high or low))]
    return found


def number_patterns(low: int, high: int) -> list[str]:
    """Digit patterns that together match exactly the numbers low..high: `6451[2-9]`, `645[2-9][0-9]`, ..."""
    if low > high:
        return []
    text = str(low)
    if len(text) < len(str(high)):
        nines = 10 ** len(text) - 1
        return number_patterns(low, nines) + number_patterns(nines + 1, high)
    for zeros in range(len(text) - 1, -1, -1):
        block = 10**zeros
        if low % block == 0 and low + block - 1 <= high:
            upper = low
            while upper + 2 * block - 1 <= high and (upper // block) % 10 < 9:
                upper += block
            head, first, last = str(low // block)[:-1], low // block % 10, upper // block % 10
            digit = str(first) if first == last else f"[{first}-{last}]"
            return [head + digit + "[0-9]" * zeros, *number_patterns(upper + block, high)]
    raise AssertionError("unreachable: a block of one number always fits")
