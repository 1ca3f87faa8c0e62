"""`show services rpm` as the CLI prints it, from the XML reply."""

from __future__ import annotations

from lab.junos.oper.registry import Args
from lab.junos.oper.xml import Element

_SCOPES = (
    ("probe-test-current-results", "current test"),
    ("probe-last-test-results", "last test"),
    ("probe-test-moving-results", "moving average"),
    ("probe-test-global-results", "all tests"),
)
_VALUES = (
    ("Minimum", "min-delay"),
    ("Maximum", "max-delay"),
    ("Average", "avg-delay"),
    ("Peak to peak", "jitter-delay"),
    ("Stddev", "stddev-delay"),
    ("Sum", "sum-delay"),
)


def render_results(reply: Element, args: Args) -> str:
    """One paragraph per test."""
    return "\n\n".join("\n".join(_test(test)) for test in reply.iterfind("probe-test-results")) + "\n"


def _test(test: Element) -> list[str]:
    source = f", Source address: {test.findtext('source-address')}" if test.find("source-address") is not None else ""
    icmp = f", Icmp-id: {test.findtext('icmp-id')}" if test.find("icmp-id") is not None else ""
    kind = test.findtext("probe-type")
    lines = [
        f"    Owner: {test.findtext('owner')}, Test: {test.findtext('test-name')}",
        f"    Target address: {test.findtext('target-address')}{source}, Probe type: {kind}{icmp}",
        f"    Test size: {test.findtext('test-size')} probes",
    ]
    single = test.find("probe-single-results")
    if single is not None:
        lines += ["    Probe results:", *(f"      {line}" for line in _single(single))]
    for tag, title in _SCOPES:
        scope = test.find(f"{tag}/probe-test-generic-results")
        if scope is not None:
            lines += [f"    Results over {title}:", *(f"      {line}" for line in _scope(scope))]
    return lines


def _single(single: Element) -> list[str]:
    lines = [
        f"{single.findtext('probe-status')}",
        f"Probe sent time: {single.findtext('probe-sent-time')}",
        f"Probe rcvd/timeout time: {single.findtext('probe-time')}, {single.findtext('hardware-timestamp-status')}",
    ]
    return lines + _times(single)


def _times(single: Element) -> list[str]:
    if single.find("rtt") is None:
        return []
    jitter = single.findtext("round-trip-jitter")
    lines = [f"Rtt: {single.findtext('rtt')} usec" + (f", Round trip jitter: {jitter} usec" if jitter else "")]
    smoothed = single.findtext("round-trip-interarrival-jitter")
    return lines + ([f"Round trip interarrival jitter: {smoothed} usec"] if smoothed else [])


def _scope(scope: Element) -> list[str]:
    sent, received, loss = (scope.findtext(tag) for tag in ("probes-sent", "probe-responses", "loss-percentage"))
    lines = [f"Probes sent: {sent}, Probes received: {received}, Loss percentage: {loss}"]
    completed = scope.findtext("probe-last-test-info/last-test-time")
    if completed:
        lines.append(f"Test completed on {completed}")
    for summary in scope.iterfind("*/probe-summary-results"):
        values = ", ".join(f"{label}: {summary.findtext(tag)} usec" for label, tag in _VALUES)
        lines.append(f"Measurement: {summary.findtext('probe-results-type')}")
        lines.append(f"  Samples: {summary.findtext('samples')}, {values}")
    return lines


def render_history(reply: Element, args: Args) -> str:
    """A line per probe, or with `detail` a paragraph."""
    rows = reply.iterfind("history-test-results/probe-single-results")
    if "detail" in args:
        return "\n".join("\n".join(_history_detail(row)) for row in rows) + "\n"
    lines = [f"    {'Owner, Test':<28}{'Probe received':<28}Round trip time"]
    for row in rows:
        name = f"{row.findtext('owner')}, {row.findtext('test-name')}"
        rtt = row.findtext("rtt")
        outcome = f"{rtt:>15} usec" if rtt else f"{row.findtext('probe-status'):>20}"
        lines.append(f"    {name:<28}{row.findtext('probe-time'):<24}{outcome}")
    return "\n".join(lines) + "\n"


def _history_detail(row: Element) -> list[str]:
    head = f"    Owner: {row.findtext('owner')}, Test: {row.findtext('test-name')}"
    return [
        f"{head}, Probe type: {row.findtext('probe-type')}",
        "    Probe results:",
        f"      {row.findtext('probe-status')}, {row.findtext('probe-time')}",
        *(f"      {line}" for line in _times(row)),
    ]
