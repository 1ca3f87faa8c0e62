"""`show services rpm probe-results` and `history-results`, and their RPCs."""

from __future__ import annotations

import calendar
import time

from lab.junos.backend.rpm_results import ProbeRecord, RpmReport, Summary, Totals
from lab.junos.oper import rpm_text
from lab.junos.oper.context import OperContext, OperError
from lab.junos.oper.registry import Args, Command, register
from lab.junos.oper.xml import Element, el, info, opt

_MEASURED = (
    ("rtt", "probe-test-rtt", "Round trip time"),
    ("positive", "probe-test-positive-round-trip-jitter", "Positive round trip jitter"),
    ("negative", "probe-test-negative-round-trip-jitter", "Negative round trip jitter"),
)


def _chosen(ctx: OperContext, args: Args) -> list[RpmReport]:
    """The tests that are asked for; `test` needs `owner`, as on a router."""
    owner, name = args.get("owner"), args.get("test")
    if name is not None and owner is None:
        raise OperError("missing argument.", "owner")
    reports = ctx.backend.rpm_reports(ctx.data())
    return [
        one for one in reports if (owner is None or one.test.owner == owner) and (name is None or one.test.name == name)
    ]


def build_results(ctx: OperContext, args: Args) -> Element:
    """<probe-results>; delays in microseconds. A test without a decided probe has no results yet."""
    return info("probe-results", "rpm", [_test(report) for report in _chosen(ctx, args)])


def _test(report: RpmReport) -> Element:
    test, results, limits = report.test, report.results, report.test.thresholds
    size = el("test-size", test.probe_count, format=f"{test.probe_count} probes")
    made = el(
        "probe-test-results",
        el("owner", test.owner),
        el("test-name", test.name),
        el("target-address", test.target),
        opt("source-address", test.source),
        el("probe-type", test.kind),
        el("icmp-id", report.identifier) if report.identifier else None,
        size,
    )
    if results.single is not None:
        made.append(_single(results.single))
        made.append(_scope("probe-test-current-results", "current test", results.current))
        if results.last is not None:
            made.append(_scope("probe-last-test-results", "last test", results.last))
        moving = results.moving()
        if moving is not None:
            made.append(_scope("probe-test-moving-results", "moving average", moving))
        made.append(_scope("probe-test-global-results", "all tests", results.overall))
    for tag, value in (
        ("delay-thresh", limits.rtt), ("jitter-thresh", limits.jitter), ("stddev-thresh", limits.stddev),
        ("loss-thresh-total", limits.total_loss), ("loss-thresh-succ", limits.successive_loss),
    ):  # fmt: skip
        made.append(el(tag, value))
    return made


def when(tag: str, epoch: float) -> Element:
    """A time as this part of Junos writes it: `Fri Dec 15 17:34:56 2023`."""
    return el(tag, time.strftime("%a %b %e %H:%M:%S %Y", time.gmtime(epoch)), seconds=int(epoch))


def _single(probe: ProbeRecord) -> Element:
    return el(
        "probe-single-results",
        el("probe-status", probe.status),
        when("probe-sent-time", probe.sent),
        when("probe-time", probe.decided),
        el("hardware-timestamp-status", "No hardware timestamps"),
        opt("rtt", probe.rtt),
        opt("round-trip-jitter", probe.jitter),
        opt("round-trip-interarrival-jitter", probe.interarrival),
        style="verbose",
    )


def _scope(tag: str, name: str, totals: Totals) -> Element:
    generic = el(
        "probe-test-generic-results",
        el("results-scope", name),
        el("probes-sent", totals.sent),
        el("probe-responses", totals.received),
        el("loss-percentage", f"{totals.loss:.6f}"),
    )
    if tag == "probe-last-test-results" and totals.completed is not None:
        generic.append(el("probe-last-test-info", when("last-test-time", totals.completed)))
    for attribute, inner, title in _MEASURED:
        summary: Summary = getattr(totals, attribute)
        if summary.samples:
            generic.append(el(inner, _summary(title, summary)))
    return el(tag, generic)


def _summary(title: str, summary: Summary) -> Element:
    values = (
        ("min-delay", summary.minimum), ("max-delay", summary.maximum), ("avg-delay", summary.average),
        ("jitter-delay", summary.maximum - summary.minimum), ("stddev-delay", summary.stddev),
        ("sum-delay", summary.total),
    )  # fmt: skip
    head = (el("probe-results-type", title), el("samples", summary.samples))
    return el("probe-summary-results", *head, *(el(tag, value, format=f"{value} usec") for tag, value in values))


def build_history(ctx: OperContext, args: Args) -> Element:
    """<history-results>: one `probe-single-results` per remembered probe, the oldest first."""
    since = _since(args["since"]) if "since" in args else None
    rows = [
        _history_row(report, probe)
        for report in _chosen(ctx, args)
        for probe in report.results.history
        if since is None or probe.decided >= since
    ]
    return info("history-results", "rpm", [el("history-test-results", *rows)])


def _since(text: str) -> float:
    """`yyyy-mm-dd.hh:mm:ss` in UTC, as epoch seconds."""
    try:
        return float(calendar.timegm(time.strptime(text, "%Y-%m-%d.%H:%M:%S")))
    except ValueError:
        raise OperError(f"invalid time: '{text}'", "since") from None


def _history_row(report: RpmReport, probe: ProbeRecord) -> Element:
    return el(
        "probe-single-results",
        el("owner", report.test.owner),
        el("test-name", report.test.name),
        el("probe-type", report.test.kind),
        el("probe-status", probe.status),
        when("probe-sent-time", probe.sent),
        when("probe-time", probe.decided),
        opt("rtt", probe.rtt),
        opt("round-trip-jitter", probe.jitter),
        opt("round-trip-interarrival-jitter", probe.interarrival),
    )


register(
    Command(
        rpc="get-probe-results",
        build=build_results,
        render=rpm_text.render_results,
        words="show services rpm probe-results",
        named=("owner", "test"),
    )
)
register(
    Command(
        rpc="get-history-results",
        build=build_history,
        render=rpm_text.render_history,
        words="show services rpm history-results",
        flags=("brief", "detail"),
        named=("owner", "test", "since"),
    )
)
