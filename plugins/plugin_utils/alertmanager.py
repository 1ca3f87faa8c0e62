# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which alerts fire, asked of Alertmanager or of Grafana's, or read from a payload that somebody saved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils import alert_payload
from ansible_collections.fairway.backbone.plugins.module_utils.alert_payload import Alerts, NotAlerts
from ansible_collections.fairway.backbone.plugins.plugin_utils.http_client import HttpFault, Server, fetch_json

ACTIVE = "/api/v2/alerts?active=true&silenced=false&inhibited=false"
GRAFANA = "/api/alertmanager/grafana"
MAX_BYTES = 32 * 1024 * 1024


def active_alerts(server: Server, timeout_s: float = 3.0, *, grafana: bool = False) -> Alerts:
    """The alerts that fire now and are neither silenced nor inhibited. `grafana`: the server is a Grafana.

    Raises HttpFault when the server cannot be asked, or answers something else.
    """
    path = (GRAFANA if grafana else "") + ACTIVE
    document = fetch_json(server, path, timeout_s=timeout_s, max_bytes=MAX_BYTES)
    try:
        return alert_payload.read_api(document)
    except NotAlerts as error:
        raise HttpFault(f"{server.name}: {error}") from error


def saved_alerts(file: Path) -> Alerts:
    """The alerts of a webhook's payload in a file. Raises HttpFault when it cannot be read, or is none."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise HttpFault(f"the payload {file} is larger than {MAX_BYTES} bytes")
        document: Any = json.loads(file.read_bytes().decode("utf-8", errors="replace"))
        return alert_payload.read_payload(document)
    except OSError as error:
        raise HttpFault(f"the payload {file} cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise HttpFault(f"the payload {file} is no JSON that can be read ({type(error).__name__})") from error
    except NotAlerts as error:
        raise HttpFault(f"the payload {file}: {error}") from error
