# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What probes measured, asked of Prometheus: two requests at once for all paths."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

from ansible_collections.fairway.backbone.plugins.module_utils import path_health
from ansible_collections.fairway.backbone.plugins.module_utils.path_health import Bounds, Now
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import PathHealth
from ansible_collections.fairway.backbone.plugins.plugin_utils.http_client import HttpFault, Server, fetch_json

MAX_BYTES = 64 * 1024 * 1024


def ask(server: Server, query: str, timeout_s: float, at: float | None = None) -> Any:
    """Prometheus' answer to an instant query, as of `at` (None: its own now). Raises HttpFault.

    Sent as a form: a query may be longer than an address is allowed to be.
    """
    form = {"query": query, "timeout": f"{max(1, round(timeout_s))}s", **({} if at is None else {"time": f"{at:.3f}"})}
    words = urlencode(form).encode()
    return fetch_json(
        server,
        "/api/v1/query",
        body=words,
        kind="application/x-www-form-urlencoded",
        timeout_s=timeout_s,
        max_bytes=MAX_BYTES,
    )


def look(server: Server, bounds: Bounds, timeout_s: float) -> Now:
    """What is measured now; a fault is told in it and not raised."""
    try:
        return path_health.read_now(ask(server, path_health.now_query(), timeout_s), time.time(), bounds)
    except HttpFault as fault:
        return Now(fault=str(fault))


def measure(
    server: Server, paths: Iterable[str], horizon_s: float, bounds: Bounds, timeout_s: float
) -> tuple[dict[str, PathHealth], Now]:
    """Every path's health over the last `horizon_s` seconds, and what is measured now. Never raises."""
    with ThreadPoolExecutor(2) as pool:
        current = pool.submit(look, server, bounds, timeout_s)
        # Without its past no path is known to be healthy; one that is sick now is sick all the same.
        past: Any = None
        with contextlib.suppress(HttpFault):
            end = path_health.history_end(time.time(), horizon_s, bounds)
            past = ask(server, path_health.history_query(horizon_s, bounds), timeout_s, end)
        now = current.result()
    return path_health.healths(paths, now, past, bounds, horizon_s), now
