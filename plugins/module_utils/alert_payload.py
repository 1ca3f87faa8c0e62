# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alerts that ask for a reroute, out of what Alertmanager or Grafana say. Pure.

Whoever may send an alert may write anything into it. So nothing of it is used but three labels: `action`, which must be
`reroute`, and `backbone` and `path`, which must look like a path's name; what the alert is called is shown to people,
letters and digits of it. Everything else is ignored, and counted by reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import Alert

MAX_ALERTS = 10_000
_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_SEVERITY = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,30}")
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 ._:+-]")
# What Grafana raises when its own query fails or finds nothing: it says nothing of the path.
_BLIND_NAMES = {"DatasourceNoData", "DatasourceError", "NoData"}
_BLIND_REASONS = ("nodata", "error", "missingseries")


@dataclass(frozen=True)
class Alerts:
    """`alerts` ask for a reroute, one for each path and name. `ignored`: how many others there were, by reason."""

    alerts: tuple[Alert, ...] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)
    seen: int = 0


class NotAlerts(Exception):
    """The document is no answer of an Alertmanager and no webhook payload of one."""


def read_api(document: Any) -> Alerts:
    """The answer of `GET /api/v2/alerts`: a list of alerts. Raises NotAlerts."""
    if not isinstance(document, list):
        raise NotAlerts(f"expected a list of alerts, got {_kind(document)}")
    return _read(document, _api_state)


def read_payload(document: Any) -> Alerts:
    """A webhook's payload (Alertmanager version 4, Grafana version 1): a mapping with a list `alerts`.

    Raises NotAlerts.
    """
    if not isinstance(document, dict):
        raise NotAlerts(f"expected a payload with a list of alerts, got {_kind(document)}")
    alerts = document.get("alerts")
    if not isinstance(alerts, list):
        raise NotAlerts(f"expected a list as alerts, got {_kind(alerts)}")
    return _read(alerts, _payload_state)


def _read(items: list[Any], state: Any) -> Alerts:
    found: dict[tuple[str, str], Alert] = {}
    ignored: Counter[str] = Counter()
    for item in items[:MAX_ALERTS]:
        alert = _alert(item, state)
        if isinstance(alert, str):
            ignored[alert] += 1
            continue
        key = (alert.path, alert.name)
        known = found.get(key)
        if known is not None:
            ignored["doubled"] += 1
            if alert.since is None or (known.since is not None and known.since <= alert.since):
                continue
        found[key] = alert
    if len(items) > MAX_ALERTS:
        ignored["too many"] = len(items) - MAX_ALERTS
    return Alerts(tuple(found[key] for key in sorted(found)), dict(ignored), len(items))


def _alert(item: Any, state: Any) -> Alert | str:
    """One alert, or why it is none of ours."""
    if not isinstance(item, dict) or not isinstance(item.get("labels"), dict):
        return "malformed"
    labels = item["labels"]
    if labels.get("action") != "reroute":
        return "other action"
    if why := _blind(item, labels) or state(item):
        return why
    backbone, path = labels.get("backbone"), labels.get("path")
    if not (isinstance(backbone, str) and _SEGMENT.fullmatch(backbone)):
        return "no backbone"
    if not (isinstance(path, str) and _SEGMENT.fullmatch(path)):
        return "no path"
    severity = labels.get("severity")
    return Alert(
        path=f"{backbone}/{path}",
        name=plain(labels.get("alertname")) or "unnamed",
        severity=severity if isinstance(severity, str) and _SEVERITY.fullmatch(severity) else "",
        since=when(item.get("startsAt")),
    )


def _blind(item: Mapping[str, Any], labels: Mapping[str, Any]) -> str:
    annotations = item.get("annotations")
    reason = annotations.get("grafana_state_reason") if isinstance(annotations, dict) else None
    words = reason.replace(" ", "").lower() if isinstance(reason, str) else ""
    blind = labels.get("alertname") in _BLIND_NAMES if isinstance(labels.get("alertname"), str) else False
    return "no data" if blind or any(word in words for word in _BLIND_REASONS) else ""


def _api_state(item: Mapping[str, Any]) -> str:
    """Asked for active ones only; a server that does not know the question's words answers with all."""
    status = item.get("status")
    if not isinstance(status, dict):
        return "malformed"
    if status.get("silencedBy") or status.get("inhibitedBy"):
        return "silenced"
    return "" if status.get("state") == "active" else "not firing"


def _payload_state(item: Mapping[str, Any]) -> str:
    return "" if item.get("status") == "firing" else "not firing"


def plain(text: Any) -> str:
    """A text of somebody else's as people may be shown it: no quotes, brackets or control characters, 80 at most."""
    return _NOT_PLAIN.sub("_", text)[:80] if isinstance(text, str) else ""


def when(text: Any) -> float | None:
    """Seconds since 1970 of an RFC 3339 time (Go writes nine digits of a second); None when it is none, or year 1."""
    if not isinstance(text, str) or len(text) > 40:
        return None
    try:
        parsed = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
        return parsed.timestamp() if parsed.year > 1970 and parsed.tzinfo else None
    except (ValueError, OverflowError, OSError):
        return None


def _kind(value: Any) -> str:
    names = {
        dict: "a mapping",
        list: "a list",
        str: "a text",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }
    return "nothing" if value is None else names.get(value.__class__, "something else")
