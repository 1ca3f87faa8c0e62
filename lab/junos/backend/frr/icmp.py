"""Echo requests and replies as octets on the wire (RFC 792, RFC 4443)."""

from __future__ import annotations

import struct

REQUEST = {4: 8, 6: 128}
REPLY = {4: 0, 6: 129}
ECHO = struct.Struct("!BBHHH")
MARK = struct.Struct("!Q")
"""What the data of every request begins with: a number of its own, so that no other answer is taken for it."""


def checksum(packet: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    padded = packet + b"\0" * (len(packet) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def request(version: int, identifier: int, sequence: int, data: bytes) -> bytes:
    """An echo request; the kernel computes the checksum of ICMPv6."""
    head = ECHO.pack(REQUEST[version], 0, 0, identifier, sequence)
    if version == 6:
        return head + data
    return ECHO.pack(REQUEST[version], 0, checksum(head + data), identifier, sequence) + data


def is_reply(version: int, packet: bytes, identifier: int, sequence: int, data: bytes) -> bool:
    """Whether a packet from a raw socket (with the IP header in IPv4) answers this very request."""
    if version == 4:
        packet = packet[(packet[0] & 0x0F) * 4 :] if packet else b""
    if len(packet) < ECHO.size:
        return False
    kind, code, _, his_identifier, his_sequence = ECHO.unpack_from(packet)
    same = (his_identifier, his_sequence) == (identifier, sequence)
    return (kind, code) == (REPLY[version], 0) and same and packet[ECHO.size :] == data


def filling(size: int, fill: bytes, mark: int) -> bytes:
    """The data of a request: the mark, then `fill` repeated (zeros without one) up to `size` octets."""
    rest = max(0, size - MARK.size)
    pattern = fill or b"\0"
    return MARK.pack(mark) + (pattern * (rest // len(pattern) + 1))[:rest]
