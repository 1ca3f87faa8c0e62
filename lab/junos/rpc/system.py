"""Operational RPCs, and other requests to the system."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

from lxml import etree

from lab.junos import oper
from lab.junos.rpc.registry import Call, handles
from lab.junos.rpc.reply import Part, RpcFailure, element, failure, rpc_error, syntax_error


async def ask(function: Callable[..., Any], *args: Any) -> Any:
    """Call into the operational part, which may be a coroutine function or a plain one that takes its time."""
    if inspect.iscoroutinefunction(function):
        return await function(*args)
    result = await asyncio.to_thread(function, *args)
    return await result if inspect.isawaitable(result) else result


async def operational(call: Call) -> etree._Element | None:
    """Ask the operational part; None when it does not know the request."""
    fmt = call.rpc.get("format", "xml").lower()
    if fmt not in ("xml", "text", "ascii"):
        raise syntax_error(fmt)
    try:
        if fmt != "xml":
            text = await ask(oper.answer_text, str(call.rpc.tag), call.rpc, call.router.context)
            return None if text is None else element("output", text=f"\n{text}")
        answer = await ask(oper.answer, str(call.rpc.tag), call.rpc, call.router.context)
    except oper.OperError as error:
        raise RpcFailure(rpc_error(error.message, bad_element=error.bad_element)) from None
    return answer if answer is None or isinstance(answer, etree._Element) else None


@handles("request-shell-execute")
async def shell_execute(call: Call) -> list[Part]:
    """Refused: there is no FreeBSD behind the emulator."""
    raise failure("request-shell-execute is not supported by this emulator", bad_element="request-shell-execute")
