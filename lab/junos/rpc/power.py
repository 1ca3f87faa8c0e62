"""RPCs that reboot the router, say when it will, and change its mind."""

from __future__ import annotations

import re
import time

from lab.junos import clock
from lab.junos.power import Scheduled
from lab.junos.rpc.registry import Call, handles
from lab.junos.rpc.reply import Part, element, failure, rpc_error
from lab.junos.rpc.software import arguments

LONGEST = 6 * 7 * 24 * 60
"""Minutes that a reboot may lie ahead."""
NOTHING_SCHEDULED = "No shutdown/reboot scheduled."


def _when(seconds: float) -> str:
    return time.strftime("%a %b %e %H:%M:%S %Y", time.gmtime(seconds))


def _seconds(call: Call) -> float:
    """How long until the reboot that a request asks for: `in` minutes, `at` a time, or now."""
    delay, at = call.text("in"), call.text("at")
    if delay is not None:
        if not delay.isdigit() or int(delay) > LONGEST:
            raise failure(f"invalid value: {delay}", bad_element="in")
        return int(delay) * call.router.minute
    return 0.0 if at is None else max(0.0, _at(at) - clock.now())


def _at(text: str) -> float:
    """The time of `at`: `now`, `+minutes`, `yymmddhhmm` or `hh:mm` (today or tomorrow), in UTC."""
    now = clock.now()
    if text == "now":
        return now
    if re.fullmatch(r"\+\d+", text):
        return now + int(text) * 60.0
    today = time.strftime("%y%m%d", time.gmtime(now))
    form = "%y%m%d%H%M"
    try:
        if re.fullmatch(r"\d\d:\d\d", text):
            found = clock.utc_epoch(today + text.replace(":", ""), form)
            return found if found > now else found + 86400
        return clock.utc_epoch(text, form)
    except ValueError:
        raise failure(f"invalid value: {text}", bad_element="at") from None


@handles("request-reboot")
async def reboot(call: Call) -> list[Part]:
    """Restart the routing engine, at once or later."""
    arguments(call, ("in", "at", "message"))
    set_for = call.router.power.schedule("junos", call.session.user, _seconds(call))
    status = element("request-reboot-status", text=f"\n{_words(call, set_for)}\n")
    status.set("reboot-time", str(int(set_for.at)))
    return [element("request-reboot-results", status)]


def _words(call: Call, set_for: Scheduled) -> str:
    now = set_for.at - clock.now() < 1
    return f"{'Shutdown NOW!' if now else f'Shutdown at {_when(set_for.at)}.'}\n[pid {call.session.pid}]"


@handles("request-vmhost-reboot")
async def vmhost_reboot(call: Call) -> list[Part]:
    """Restart the host below the routing engine, and Junos with it; warnings tell how it goes."""
    arguments(call, ("routing-engine", "in", "at"))
    set_for = call.router.power.schedule("vmhost", call.session.user, _seconds(call))
    said = [f"Rebooting {call.text('routing-engine') or 're0'}", "Initiating Junos shutdown..."]
    return [
        element("output", text="\nInitiating vmhost reboot...\n"),
        *(rpc_error(f"\n{text}\n", severity="warning", tag=None) for text in said),
        element("output", text=f"\nshutdown: [pid {call.session.pid}]\n{_words(call, set_for).splitlines()[0]}\n"),
    ]


@handles("get-reboot-information")
async def reboot_information(call: Call) -> list[Part]:
    """`show system reboot`."""
    arguments(call, ())
    set_for = call.router.power.scheduled
    text = NOTHING_SCHEDULED
    if set_for is not None:
        text = f"reboot requested by {set_for.user} at {_when(set_for.at)}"
    return [element("output", text=f"\n{text}\n")]


@handles("clear-reboot")
async def clear_reboot(call: Call) -> list[Part]:
    """`clear system reboot`."""
    arguments(call, ())
    cancelled = call.router.power.cancel()
    return [
        element(
            "output", text=f"\n{'reboot requested is cleared. Terminating...' if cancelled else NOTHING_SCHEDULED}\n"
        )
    ]
