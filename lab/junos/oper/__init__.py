"""Operational commands of an emulated router: RPC replies, CLI text, and CLI output as XML.

Replies have the shapes that PyEZ's tables read and that routers send. What is not here is not modelled: `answer`
returns None, and the server refuses the RPC as a router refuses an unknown one.
"""

from __future__ import annotations

import asyncio

from lab.junos.oper import bgp, chassis, instances, interfaces, neighbors, ntp, ospf, ping, routes, rpm, system
from lab.junos.oper.context import Alarm, Chassis, CoreDump, OperContext, OperError
from lab.junos.oper.interfaces import HOSTS_JUNOS, PRIVATE
from lab.junos.oper.registry import BY_RPC, COMMANDS, Args, Command, arguments, parse
from lab.junos.oper.xml import Element, el, plain

INSTANCES = ("", "master", "default", PRIVATE)
"""What a request may name: no instance, the only one by both of its names, and the routing engine's own."""
MODELLED = (bgp, chassis, instances, interfaces, neighbors, ntp, ospf, ping, routes, rpm, system)
"""The modules whose import registers the commands."""


async def answer(name: str, rpc: Element, ctx: OperContext) -> Element | None:
    """The reply to an operational RPC; None when it is not modelled. Raises OperError for what a router refuses."""
    command = BY_RPC.get(name)
    return None if command is None else await _build(command, arguments(command, rpc), ctx)


async def answer_text(name: str, rpc: Element, ctx: OperContext) -> str | None:
    """The reply to an operational RPC as the CLI prints it (`format="text"`); None when it is not modelled."""
    command = BY_RPC.get(name)
    if command is None:
        return None
    args = arguments(command, rpc)
    return command.render(plain(await _build(command, args, ctx)), args)


async def cli_xml(line: str, ctx: OperContext) -> Element | None:
    """The reply behind a CLI command (`show bgp summary | display xml`); None when it is not modelled."""
    found = parse(line)
    return None if found is None else await _build(found[0], found[1], ctx)


async def cli_text(line: str, ctx: OperContext) -> str | None:
    """What the CLI prints for a command, without pipes; None when it is not modelled."""
    found = parse(line)
    if found is None:
        return None
    command, args = found
    return command.render(plain(await _build(command, args, ctx)), args)


def command_words() -> list[list[str]]:
    """The words of every command."""
    return [command.words.split() for command in COMMANDS]


def rpc_of(line: str) -> Element | None:
    """The RPC behind a CLI command with its arguments, for `| display xml rpc`; None when it is not modelled."""
    found = parse(line)
    return None if found is None else el(found[0].rpc, *(el(name, text or None) for name, text in found[1].items()))


async def _build(command: Command, args: Args, ctx: OperContext) -> Element:
    """Data planes run programs: they are asked in a thread, so that timers and other sessions go on."""
    _only_master(args)
    if ctx.backend.blocking:
        ctx.data()
        return await asyncio.to_thread(command.build, ctx, args)
    return command.build(ctx, args)


def _only_master(args: Args) -> None:
    """Refuse another routing instance than the one that there is."""
    for name in ("instance", "routing-instance"):
        if args.get(name, "") not in INSTANCES:
            raise OperError(f"instance {args[name]} does not exist", args[name])


__all__ = [
    "HOSTS_JUNOS",
    "Alarm",
    "Chassis",
    "CoreDump",
    "OperContext",
    "OperError",
    "answer",
    "answer_text",
    "cli_text",
    "cli_xml",
    "command_words",
    "rpc_of",
]
