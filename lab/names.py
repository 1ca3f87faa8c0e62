"""Names of router interfaces in the lab's data plane.

Linux device names have at most 15 characters and no "/"; router interfaces have both.
One Linux device stands for one *logical* interface, so the unit is part of the name.
"""

from __future__ import annotations

import re

MAX_DEVICE_NAME = 15
"""IFNAMSIZ - 1: the longest device name the kernel takes."""

_UNIT_ZERO_ONLY = {"lo0": "lo", "fxp0": "fxp0", "em0": "em0", "me0": "me0"}
_JUNOS_PHYSICAL = re.compile(r"^(?:[a-z]{2,4}-\d+/\d+/\d+(?::\d+)?|(?:ae|irb|st|gr|lo|fxp|em|me)\d*)$")
_ALLOWED = re.compile(r"^[A-Za-z0-9_.:-]+$")


class InterfaceNameError(ValueError):
    """A router interface name that has no Linux device name; the text says why."""


def linux_name(interface: str) -> str:
    """Return the Linux device that stands for a router's logical interface.

    ``ge-0/0/0.0`` -> ``ge-0_0_0.0``; ``lo0.0`` -> ``lo``; ``fxp0.0`` and ``fxp0`` -> ``fxp0``;
    ``eth2.100`` -> ``eth2.100``; ``eth1`` -> ``eth1``. A Junos physical name without a unit gets
    unit 0 only where the unit is always 0 (lo0, fxp0); other names pass through unchanged.

    Raises InterfaceNameError when the name is empty, holds characters a device name cannot have,
    or would be longer than 15 characters.
    """
    physical, _, unit = interface.partition(".")
    if physical in _UNIT_ZERO_ONLY and unit in ("", "0"):
        return _UNIT_ZERO_ONLY[physical]
    device = interface.replace("/", "_")
    if not device or device in (".", "..") or not _ALLOWED.match(device):
        raise InterfaceNameError(f"interface {interface!r}: not a name a Linux device can have")
    if len(device) > MAX_DEVICE_NAME:
        raise InterfaceNameError(
            f"interface {interface!r}: {device!r} has {len(device)} characters and Linux takes {MAX_DEVICE_NAME}; "
            "use a shorter unit or a smaller slot number in the lab"
        )
    return device


def is_junos_name(interface: str) -> bool:
    """Whether a name looks like a Junos interface (``ge-0/0/0.0``, ``ae0``, ``lo0.0``)."""
    return bool(_JUNOS_PHYSICAL.match(interface.partition(".")[0]))
