"""[edit services rpm]: names that fit the router's tables, targets that fit the type of the probe."""

from __future__ import annotations

import re

from lab.junos.config.checks.context import Context, Path, entries, has, leaf
from lab.junos.config.tree import Node

NAME_LENGTH = 32
"""Owners and tests index the rows of the ping MIB (RFC 4560), which has no longer names."""
_URLS = ("http-get", "http-metadata-get")
_PORTS = ("tcp-ping", "udp-ping", "udp-ping-timestamp")
_CODE_POINT = re.compile(r"[01]{6}|be|ef|af[1-4][1-3]|cs[0-7]|nc[12]")


def check_services(context: Context) -> None:
    """Everything about [edit services rpm]."""
    rpm = context.at("services", "rpm")
    for owner in entries(rpm, "probe"):
        path = ("services", "rpm")
        _name(context, path, owner)
        for test in entries(owner, "test"):
            _name(context, (*path, *owner.words()), test)
            _test(context, (*path, *owner.words(), *test.words()), test)


def _name(context: Context, path: Path, node: Node) -> None:
    if len(node.key[0]) > NAME_LENGTH:
        what = " ".join(node.words())
        context.error(path, what, f"name must be at most {NAME_LENGTH} characters long")


def _test(context: Context, path: Path, test: Node) -> None:
    kind, target = leaf(test, "probe-type") or "", test.get("target")
    inet6 = has(target, "inet6-address") or has(target, "inet6-url")
    url = has(target, "url") or has(target, "inet6-url")
    if target is not None and not target.inactive:
        if url != (kind in _URLS):
            word = "url" if kind in _URLS else "address"
            context.error(path, "target", f"target {word} must be configured for probe-type {kind}")
        elif inet6 and kind == "icmp-ping":
            context.error(path, "target", "probe-type icmp6-ping must be configured for an inet6 target")
        elif not inet6 and kind == "icmp6-ping":
            context.error(path, "target", "target inet6-address must be configured for probe-type icmp6-ping")
    if kind in _PORTS and not has(test, "destination-port"):
        context.error(path, "destination-port", f"destination-port must be configured for probe-type {kind}")
    _values(context, path, test)


def _values(context: Context, path: Path, test: Node) -> None:
    code_point, fill = leaf(test, "dscp-code-points"), leaf(test, "data-fill")
    if code_point is not None and not _CODE_POINT.fullmatch(code_point):
        context.error(path, "dscp-code-points", f"Invalid code point: {code_point}")
    if fill is not None and not re.fullmatch(r"([0-9A-Fa-f]{2})+", fill):
        context.error(path, "data-fill", f"Invalid hexadecimal value: {fill}")
