# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain data without secrets, of a size that every sink takes: what an audit event is passed through. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.change_text import HIDDEN, hide_secrets

MAX_TEXT, MAX_ITEMS, MAX_DEPTH = 1000, 200, 4
MIN_SECRET = 4
"""A configured secret shorter than this is not searched for in other texts: it would be found in ordinary words."""

_SECRET_KEY = re.compile(
    r"(?i)(pass(word|wd|phrase)|secret|token|credential|authori[sz]ation|api[_-]?key|private[_-]?key|cookie|communit|"
    r"auth[_-]?key|^key$|^auth$)"
)
_PATTERNS = (
    re.compile(r"-----BEGIN [^-]+-----.*?(?:-----END [^-]+-----|\Z)", re.S),
    re.compile(r"(?<=://)[^/\s@]+(?=@)"),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?"),
    re.compile(r"\b[0-9a-fA-F]{32,}\b"),
    re.compile(r"(?<![\w+/=-])(?=[\w+/-]*[0-9])(?=[\w+/-]*[a-z])(?=[\w+/-]*[A-Z])[\w+-]{32,}={0,2}(?![\w+/=-])"),
)
_NAMED = re.compile(
    r"(?i)\b((?:bearer|basic|digest)\s+|[\w-]*(?:pass(?:word|wd|phrase)?|secret|token|api[_-]?key|credential)s?"
    r"[\"']?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;&}\"']+)"
)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Redactor:
    """Hides secrets in texts and data. `secrets` are those that are known by their value (tokens of the settings)."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        # The longest first: one may be a part of another.
        self._secrets = sorted({one for one in secrets if len(one) >= MIN_SECRET}, key=len, reverse=True)

    def text(self, text: str, limit: int = MAX_TEXT) -> str:
        """The text on one line or more, without control characters and secrets, cut at `limit` characters."""
        # A secret that is cut in half is still half a secret: hide first.
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        text = _UNPRINTABLE.sub("?", text)
        for pattern in _PATTERNS:
            text = pattern.sub(HIDDEN, text)
        text = _NAMED.sub(lambda found: f"{found[1]}{HIDDEN}", text)
        text = hide_secrets(text)
        return text if len(text) <= limit else text[: limit - 1] + "…"

    def name(self, text: str) -> str:
        """A name on one line; only secrets that are known by their value are hidden in it."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return _UNPRINTABLE.sub("?", text).replace("\n", " ").replace("\t", " ")[:255]

    def data(self, value: Any, depth: int = MAX_DEPTH) -> Any:
        """Plain data (None, bool, numbers, text, lists, mappings) without secrets; what is deeper becomes text."""
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, float):
            return round(value, 6) if abs(value) < 1e18 else None
        if isinstance(value, Mapping) and depth:
            items = list(value.items())[:MAX_ITEMS]
            return {self.text(str(k), 100): self._value(str(k), v, depth - 1) for k, v in items}
        if isinstance(value, list | tuple | set | frozenset) and depth:
            return [self.data(item, depth - 1) for item in list(value)[:MAX_ITEMS]]
        return self.text(str(value), 200)

    def _value(self, key: str, value: Any, depth: int) -> Any:
        if _SECRET_KEY.search(key) and value not in (None, "", True, False):
            return HIDDEN
        return self.data(value, depth)
