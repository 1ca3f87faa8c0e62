"""`show ntp status` and `show ntp associations`: ntpd's own words, for which there is no XML.

The servers of the configuration answer, unless the fault `ntp-unsynchronized` is set: nothing is asked on the wire.
"""

from __future__ import annotations

from lab.junos.backend.reading import entries
from lab.junos.oper.context import OperContext
from lab.junos.oper.registry import Args, Command, register
from lab.junos.oper.xml import Element, el

STRATUM, OFFSET = 2, "0.214"
REFUSED = "ntpq: read: Connection refused"
_HEAD = "     remote           refid      st t when poll reach   delay   offset  jitter"


def servers(ctx: OperContext) -> list[str]:
    """The configured servers."""
    return [name for name, _settings in entries(ctx.data(), "system", "ntp", "server")]


def synchronized(ctx: OperContext) -> bool:
    """Whether the clock follows a server."""
    return bool(servers(ctx)) and not ctx.ntp_lost()


def status(ctx: OperContext, args: Args) -> Element:
    """The variables of ntpd."""
    if not servers(ctx):
        return el("output", f"\n{REFUSED}\n")
    good = synchronized(ctx)
    word = (
        "0615 leap_none, sync_ntp, 1 event, clock_sync" if good else "c012 leap_alarm, sync_unspec, 1 event, freq_set"
    )
    leap, stratum, refid, peer = ("00", STRATUM, servers(ctx)[0], 40211) if good else ("11", 16, "INIT", 0)
    lines = [
        f"associd=0 status={word},",
        f'version="ntpd 4.2.8p15-a (1)", processor="amd64", system="JUNOS{ctx.version}",',
        f"leap={leap}, stratum={stratum}, precision=-23, rootdelay=0.354, rootdisp=2.114,",
        f"refid={refid}, peer={peer}, tc=6, mintc=3, offset={OFFSET if good else '0.000000'}, frequency=-12.451,",
        "sys_jitter=0.021, clk_jitter=0.012, clk_wander=0.001",
    ]
    return el("output", "\n" + "\n".join(lines) + "\n")


def associations(ctx: OperContext, args: Args) -> Element:
    """The servers, with a mark on the one that is followed."""
    found, good = servers(ctx), synchronized(ctx)
    if not found:
        return el("output", f"\n{REFUSED}\n")
    lines = [_HEAD, "=" * 78]
    for position, name in enumerate(found):
        if good:
            mark, rest = (
                "*" if position == 0 else "+",
                f".GPS.            1 u   23   64  377    0.354   {OFFSET}   0.021",
            )
        else:
            mark, rest = " ", ".INIT.          16 u    -   64    0    0.000    0.000   0.000"
        lines.append(f"{mark}{name:<16}{rest}")
    return el("output", "\n" + "\n".join(lines) + "\n")


def render(reply: Element, args: Args) -> str:
    """The same words."""
    return (reply.text or "").lstrip("\n")


register(Command("get-ntp-status", status, render, "show ntp status", ("no-resolve",)))
register(Command("get-ntp-associations-information", associations, render, "show ntp associations", ("no-resolve",)))
