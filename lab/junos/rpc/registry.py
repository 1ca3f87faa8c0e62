"""Where handlers of RPCs register, and what they are given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from lab.junos.rpc.reply import Part

if TYPE_CHECKING:
    from lab.junos.router import ManagementSession, Router


class SessionEnd(Exception):
    """Raised with the parts of the last reply: answer, then close the session."""

    def __init__(self, parts: list[Part]) -> None:
        super().__init__("session closed by the client")
        self.parts = parts


@dataclass(frozen=True)
class Call:
    """One RPC: the router and the session it came in on, and the request (namespaces stripped)."""

    router: Router
    session: ManagementSession
    rpc: etree._Element

    def has(self, name: str) -> bool:
        """Whether the request has this child."""
        return self.rpc.find(name) is not None

    def text(self, name: str) -> str | None:
        """The stripped text of a child; None when there is no such child."""
        found = self.rpc.findtext(name)
        return None if found is None else found.strip()


Handler = Callable[[Call], Awaitable[list[Part]]]
HANDLERS: dict[str, Handler] = {}


def handles(*names: str) -> Callable[[Handler], Handler]:
    """Register a coroutine function for RPCs of these names."""

    def register(handler: Handler) -> Handler:
        for name in names:
            HANDLERS[name] = handler
        return handler

    return register
