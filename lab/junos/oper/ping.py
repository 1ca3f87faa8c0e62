"""`ping` and its RPC."""

from __future__ import annotations

import statistics

from lab.junos.backend.model import PingRequest, PingResult
from lab.junos.oper.context import OperContext, OperError
from lab.junos.oper.registry import Args, Command, register
from lab.junos.oper.xml import Element, el, info

MAX_COUNT = 1000


def _number(args: Args, name: str, default: float) -> float:
    try:
        return float(args[name]) if name in args else default
    except ValueError:
        raise OperError(f"invalid numeric value: '{args[name]}'", name) from None


def request(args: Args) -> PingRequest:
    """The request behind the arguments; raises OperError for what is missing or not a number."""
    host = args.get("host")
    if not host:
        raise OperError("missing argument.", "host")
    count = int(_number(args, "count", 5))
    if not 1 <= count <= MAX_COUNT:
        raise OperError(f"invalid value: {count}", "count")
    rapid = "rapid" in args
    return PingRequest(
        host=host,
        count=count,
        size=int(_number(args, "size", 56)),
        interval=0.01 if rapid else _number(args, "interval", 1.0),
        wait=_number(args, "wait", 2.0),
        source=args.get("source"),
        interface=args.get("interface"),
        inet6="inet6" in args,
        dont_fragment="do-not-fragment" in args,
        ttl=int(_number(args, "ttl", 0)) or None,
    )


def build(ctx: OperContext, args: Args) -> Element:
    """<ping-results>; round-trip times in microseconds.

    Probes that nothing would carry are sent and lost, with a warning; when none can be made there is no summary.
    """
    asked = request(args)
    result = ctx.backend.ping(ctx.data(), asked)
    head = [el("target-host", asked.host), el("target-ip", result.target), el("packet-size", asked.size)]
    if result.error is not None and result.error.startswith("sendto:"):
        lost = [el("ping-warning-message", result.error), _summary(PingResult(result.target, asked.count))]
        return info("ping-results", "probe-tests", [*head, *lost, el("ping-failure", "no response")])
    if result.error is not None:
        failed = [el("ping-failure", "internal error"), el("ping-error-message", result.error)]
        return info("ping-results", "probe-tests", [*head, *failed])
    blocks = [*head, *_probes(ctx, result), _summary(result)]
    blocks.append(el("ping-success") if result.probes else el("ping-failure", "no response"))
    return info("ping-results", "probe-tests", blocks)


def _probes(ctx: OperContext, result: PingResult) -> list[Element]:
    rows = []
    for index, probe in enumerate(result.probes, start=1):
        row = el(
            "probe-result",
            el("probe-index", index),
            el("probe-success"),
            el("sequence-number", probe.sequence),
            el("ip-address", result.target),
            el("time-to-live", probe.ttl),
            el("response-size", probe.size),
            el("rtt", probe.rtt),
        )
        row.set("date-determined", str(int(ctx.now())))
        rows.append(row)
    return rows


def _summary(result: PingResult) -> Element:
    times = [probe.rtt for probe in result.probes]
    made = el(
        "probe-results-summary",
        el("probes-sent", result.sent),
        el("responses-received", len(times)),
        el("packet-loss", round(100 * (result.sent - len(times)) / result.sent) if result.sent else 100),
    )
    if times:
        made.append(el("rtt-minimum", min(times)))
        made.append(el("rtt-maximum", max(times)))
        made.append(el("rtt-average", round(statistics.fmean(times))))
        made.append(el("rtt-stddev", round(statistics.pstdev(times))))
    return made


def render(reply: Element, args: Args) -> str:
    """`ping`, as the shell's ping prints it."""
    target, host, size = (reply.findtext(tag) or "" for tag in ("target-ip", "target-host", "packet-size"))
    lines = [f"PING {host} ({target}): {size} data bytes"]
    for tag in ("ping-error-message", "ping-warning-message"):
        if reply.findtext(tag):
            lines.append(f"ping: {reply.findtext(tag)}")
    for row in reply.iterfind("probe-result"):
        values = [row.findtext(tag) for tag in ("response-size", "ip-address", "sequence-number", "time-to-live")]
        rtt = int(row.findtext("rtt") or 0) / 1000
        lines.append(f"{values[0]} bytes from {values[1]}: icmp_seq={values[2]} ttl={values[3]} time={rtt:.3f} ms")
    lines += ["", f"--- {host} ping statistics ---"]
    body = reply.find("probe-results-summary")
    if body is None:
        return "\n".join([*lines, "0 packets transmitted, 0 packets received"]) + "\n"
    sent, got, loss = (body.findtext(t) for t in ("probes-sent", "responses-received", "packet-loss"))
    lines.append(f"{sent} packets transmitted, {got} packets received, {loss}% packet loss")
    if body.find("rtt-minimum") is not None:
        times = [int(body.findtext(f"rtt-{n}") or 0) / 1000 for n in ("minimum", "average", "maximum", "stddev")]
        lines.append("round-trip min/avg/max/stddev = " + "/".join(f"{t:.3f}" for t in times) + " ms")
    return "\n".join(lines) + "\n"


register(
    Command(
        "ping",
        build,
        render,
        "ping",
        flags=("rapid", "inet", "inet6", "do-not-fragment", "no-resolve"),
        named=("count", "size", "interval", "wait", "source", "interface", "ttl"),
        positional=("host",),
    )
)
