"""Requests of the protocol: their names, and who answers them. Importing this registers all handlers."""

from __future__ import annotations

from lxml import etree

from lab.junos.rpc import commit, configuration, files, history, power, software, standard, storage, system
from lab.junos.rpc.registry import HANDLERS, Call
from lab.junos.rpc.reply import Part, RpcFailure, syntax_error
from lab.junos.store import StoreError

MODULES = (commit, configuration, files, history, power, software, standard, storage, system)
"""The modules whose import registers the handlers."""


VARIANTS = ("plain", "check", "confirmed", "compare", "cli", "rollback", "rescue", *configuration.ACTIONS)
"""The forms of requests that `request_name` tells apart, and `cli` for commands typed at the CLI."""


def request_name(rpc: etree._Element) -> tuple[str, str]:
    """The name of a request and which form of it this is: what faults and the log tell apart."""
    name = str(rpc.tag)
    variant = "plain"
    if name in ("commit-configuration", "commit"):
        variant = next((form for form in ("check", "confirmed") if rpc.find(form) is not None), "plain")
    elif name == "load-configuration":
        given = next((form for form in ("rescue", "rollback") if rpc.get(form) is not None), None)
        variant = given or rpc.get("action") or "merge"
    elif name == "get-configuration" and rpc.get("compare") is not None:
        variant = "compare"
    return name, variant


async def dispatch(call: Call) -> list[Part]:
    """Answer one request; raises RpcFailure, and SessionEnd for the request that ends the session."""
    name = str(call.rpc.tag)
    handler = HANDLERS.get(name)
    try:
        if handler is not None:
            return await handler(call)
        answer = await system.operational(call)
    except StoreError as error:
        raise RpcFailure(*configuration.store_errors(error)) from None
    if answer is None:
        raise syntax_error(name)
    return [answer]
