"""[edit services rpm] as configured, defaults resolved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lab.junos.backend.reading import Node, entries, leaf, node, number

EXECUTED = {"icmp-ping": 4, "icmp6-ping": 6}
"""Probe types that are really sent, and the IP version they are for."""
DEFAULT_LIMIT = 100
_DSCP = {"be": 0, "ef": 46, "nc1": 48, "nc2": 56, "cs0": 0}
_DSCP |= {f"cs{number_}": 8 * number_ for number_ in range(1, 8)}
_DSCP |= {f"af{row}{column}": 8 * row + 2 * column for row in range(1, 5) for column in range(1, 4)}


@dataclass(frozen=True)
class Thresholds:
    """Limits that results show; 0 is none. Times in microseconds, losses in probes."""

    rtt: int = 0
    jitter: int = 0
    stddev: int = 0
    total_loss: int = 1
    successive_loss: int = 1


@dataclass(frozen=True)
class RpmTest:
    """One test of one owner. Intervals in seconds, sizes in octets; two equal ones measure the same thing."""

    owner: str
    name: str
    kind: str
    target: str
    source: str | None = None
    probe_count: int = 1
    probe_interval: int = 3
    test_interval: int = 1
    history_size: int = 50
    moving_size: int = 0
    data_size: int = 0
    data_fill: bytes = b""
    ttl: int | None = None
    dscp: int = 0
    thresholds: Thresholds = Thresholds()

    @property
    def key(self) -> tuple[str, str]:
        """Owner and name, which together are unique."""
        return self.owner, self.name


def dscp(text: str) -> int | None:
    """A code point by its name (`af11`, `ef`) or as six bits; None when it is neither."""
    if len(text) == 6 and set(text) <= {"0", "1"}:
        return int(text, 2)
    return _DSCP.get(text)


def rpm_tests(data: Node) -> tuple[RpmTest, ...]:
    """Every configured test, in the order of the configuration."""
    return tuple(_test(owner, name, test) for owner, name, test in configured(data))


def configured(data: Node) -> Iterator[tuple[str, str, Node]]:
    """(owner, test name, statements) of every test."""
    for owner, probe in entries(data, "services", "rpm", "probe"):
        for name, test in entries(probe, "test"):
            yield owner, name, test


def probe_limit(data: Node) -> int:
    """How many tests may run side by side."""
    return number(data, "services", "rpm", "probe-limit") or DEFAULT_LIMIT


def _test(owner: str, name: str, test: Node) -> RpmTest:
    target = node(test, "target")
    limits = node(test, "thresholds")

    def value(statement: str, default: int) -> int:
        return default if (found := number(test, statement)) is None else found

    return RpmTest(
        owner=owner,
        name=name,
        kind=leaf(test, "probe-type") or "icmp-ping",
        target=next(
            (text for word in ("address", "inet6-address", "url", "inet6-url") if (text := leaf(target, word))), ""
        ),
        source=leaf(test, "source-address") or leaf(test, "inet6-options", "source-address"),
        probe_count=value("probe-count", 1),
        probe_interval=value("probe-interval", 3),
        test_interval=value("test-interval", 1),
        history_size=value("history-size", 50),
        moving_size=value("moving-average-size", 0),
        data_size=value("data-size", 0),
        data_fill=bytes.fromhex(leaf(test, "data-fill") or ""),
        ttl=number(test, "ttl"),
        dscp=dscp(leaf(test, "dscp-code-points") or "be") or 0,
        thresholds=Thresholds(
            rtt=number(limits, "rtt") or 0,
            jitter=number(limits, "jitter-rtt") or 0,
            stddev=number(limits, "std-dev-rtt") or 0,
            total_loss=1 if (total := number(limits, "total-loss")) is None else total,
            successive_loss=1 if (successive := number(limits, "successive-loss")) is None else successive,
        ),
    )
