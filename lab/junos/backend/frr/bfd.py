"""BFD profiles."""

from __future__ import annotations

from lab.junos.backend.frr.context import Translation
from lab.junos.backend.frr.lines import Kind, Section
from lab.junos.backend.reading import Node, number

MIN_INTERVAL, MAX_INTERVAL = 10, 60000


def profile(t: Translation, statements: Node) -> str:
    """The name of a profile for a `bfd-liveness-detection`, made when it is the first of its kind."""
    base = number(statements, "minimum-interval")
    send = number(statements, "transmit-interval", "minimum-interval") or base or 300
    receive = number(statements, "minimum-receive-interval") or base or 300
    multiplier = number(statements, "multiplier") or 3
    send, receive = (min(max(value, MIN_INTERVAL), MAX_INTERVAL) for value in (send, receive))
    name = f"tx{send}-rx{receive}-x{multiplier}"
    root = t.config.add(Section(("bfd",), ("bfd",), ("exit",), "no bfd", Kind.DEFINITION))
    header = ("bfd", f"profile {name}")
    undo = f"bfd\nno profile {name}\nexit"
    section = Section(("bfd", name), header, ("exit", "exit"), undo, Kind.DEFINITION, atomic=True, parent=root.key)
    section.add(f"detect-multiplier {multiplier}")
    section.add(f"transmit-interval {send}")
    section.add(f"receive-interval {receive}")
    t.config.add(section)
    return name
