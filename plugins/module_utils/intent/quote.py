# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values on their way into configuration text: nothing a value holds may become a statement of its own.

Three walls stand between a value and the router, and any one of them is enough: the schema's patterns, these
functions, and the renderer, which refuses every control character that reaches a template's output.
"""

from __future__ import annotations

import re

from ansible_collections.fairway.backbone.plugins.module_utils.intent.junos_secret import junos_secret

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_JUNOS_PLAIN = re.compile(r"^[A-Za-z0-9:][A-Za-z0-9._:/@+-]*$")
_FRR_WORD = re.compile(r"^[!-~]+$")


class UnsafeValueError(ValueError):
    """A value that must not reach a router's configuration. The message says why and never holds the value."""


def has_control(text: str) -> bool:
    """Whether the text has a control character or a line separator."""
    return _CONTROL.search(text) is not None


def junos_quote(value: object) -> str:
    """A Junos word: as it is when plain, else in double quotes with quotes and backslashes escaped."""
    text = _printable(value)
    if _JUNOS_PLAIN.match(text):
        return text
    return junos_string(text)


def junos_string(value: object) -> str:
    """A Junos string, always in double quotes: descriptions, keys, hashes."""
    text = _printable(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def junos_key(value: object) -> str:
    """A secret that the router uses itself, in the encoded form that it keeps."""
    try:
        return junos_string(junos_secret(_printable(value)))
    except ValueError as error:
        raise UnsafeValueError(str(error)) from None


def frr_word(value: object) -> str:
    """One FRR word: printable, no blank."""
    text = _printable(value)
    if not _FRR_WORD.match(text):
        raise UnsafeValueError("a blank or a character outside printable ASCII where FRR takes one word")
    return text


def frr_line(value: object) -> str:
    """The rest of an FRR line: descriptions. Blanks at the ends would be lost, so they are refused."""
    text = _printable(value)
    if not text or text != text.strip(" "):
        raise UnsafeValueError("an empty text, or blanks at its ends, where FRR takes the rest of a line")
    return text


def _printable(value: object) -> str:
    text = str(value)
    if has_control(text):
        raise UnsafeValueError("a control character or line break in a value")
    return text
