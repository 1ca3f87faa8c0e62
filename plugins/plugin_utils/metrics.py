# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The router exporter: RPM results, interfaces, OSPF costs and steering, BGP and OSPF state of routers, for Prometheus.

    python -m ansible_collections.fairway.backbone.plugins.plugin_utils.metrics --config FILE

The configuration (YAML or JSON) is what role `router_metrics` writes. Routers are looked at side by side, each on its
own schedule; a scrape is answered at once from what was seen last, and samples that are too old are left out.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ansible_collections.fairway.backbone.plugins.module_utils.metrics import COUNTER, FAMILIES, Sample
from ansible_collections.fairway.backbone.plugins.module_utils.metrics_config import ConfigError, Settings, settings
from ansible_collections.fairway.backbone.plugins.plugin_utils.metrics_worker import Board, stop_all, workers

_log = logging.getLogger("fairway.metrics")

_STOP_S = 3.0


class RouterCollector(Collector):
    """The board's samples as prometheus_client wants them, which calls collect() once for each scrape.

    `scraped` is called for each.
    """

    def __init__(self, board: Board, scraped: Callable[[], None]) -> None:
        self._board, self._scraped = board, scraped

    def describe(self) -> Iterable[Metric]:
        # Without it, a registry may call collect() when it only wants names.
        return []

    def collect(self) -> Iterable[Metric]:
        self._scraped()
        return expose(self._board.samples())


def expose(samples: Iterable[Sample]) -> list[Metric]:
    """Samples by family, in the catalogue's order; families without a sample are left out."""
    by_name: dict[str, list[Sample]] = {}
    for one in samples:
        by_name.setdefault(one.name, []).append(one)
    found: list[Metric] = []
    for family in FAMILIES:
        if family.name not in by_name:
            continue
        kind: Any = CounterMetricFamily if family.kind == COUNTER else GaugeMetricFamily
        metric = kind(family.name, family.help, labels=family.labels)
        for one in sorted(by_name[family.name]):
            metric.add_metric(one.labels, one.value)
        found.append(metric)
    return found


def read_settings(path: Path) -> Settings:
    """Raises ConfigError with every mistake, also when the file cannot be read."""
    try:
        return settings(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError(f"{error.strerror or error}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"neither YAML nor JSON: {' '.join(str(error).split())}") from error


def registry(board: Board, scraped: Callable[[], None] = lambda: None) -> CollectorRegistry:
    """What is exposed: the routers, and the exporter's own process. `scraped` is called whenever somebody asks."""
    made = CollectorRegistry(auto_describe=False)
    made.register(RouterCollector(board, scraped))
    ProcessCollector(registry=made)
    return made


def serve(told: Settings) -> int:
    """Look and answer until SIGTERM or SIGINT."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_args: ended.set())
    board = Board(told)
    running = workers(told, board)
    try:
        server, thread = start_http_server(told.port, told.address or "::", registry(board, board.scraped))
    except OSError as error:
        print(f"cannot listen on {told.address or 'every address'} port {told.port}: {error}", file=sys.stderr)
        return 1
    for one in running:
        one.start()
    where = f"{told.address or 'every address'} port {server.server_port}"
    _log.info("serving %d routers on %s", len(told.targets), where)
    ended.wait()
    server.shutdown()
    server.server_close()
    thread.join(_STOP_S)
    stop_all(running, _STOP_S)
    return 0


def once(told: Settings) -> int:
    """Every collector of every router once, side by side; the metrics go to standard output, faults to the other."""
    board = Board(told)
    looks = workers(told, board)
    threads = [threading.Thread(target=one.once, daemon=True) for one in looks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.stdout.write(generate_latest(registry(board)).decode())
    for fault in dict.fromkeys(board.faults()):
        print(fault, file=sys.stderr)
    return 1 if board.faults() else 0


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    program = argparse.ArgumentParser(
        prog="fairway-router-metrics",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Ends with 0 after SIGTERM, 1 when it cannot listen or, with --once, when a router could not be asked, "
        "2 when the configuration is wrong.",
    )
    program.add_argument("--config", type=Path, required=True, metavar="FILE", help="routers, intervals and address")
    what = program.add_mutually_exclusive_group()
    what.add_argument("--once", action="store_true", help="look at every router once, print the metrics, and end")
    what.add_argument("--check", action="store_true", help="only check the configuration")
    program.add_argument("--debug", action="store_true", help="log more")
    return program.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    options = _arguments(argv)
    # --once prints faults itself, at the end.
    quiet = logging.ERROR if options.once else logging.INFO
    logging.basicConfig(
        level=logging.DEBUG if options.debug else quiet, format="%(levelname)s %(message)s", stream=sys.stderr
    )
    try:
        told = read_settings(options.config)
    except ConfigError as error:
        for line in str(error).splitlines():
            print(f"{options.config}: {line}", file=sys.stderr)
        return 2
    if options.check:
        return 0
    return once(told) if options.once else serve(told)


if __name__ == "__main__":
    sys.exit(main())
