# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of steering_decide, steering_prove and audit_event: the actions validate by them, the modules document
them."""

from __future__ import annotations

from typing import Any

_LOGIN: dict[str, Any] = {
    "url": {"type": "str", "default": ""},
    "token": {"type": "str", "default": "", "no_log": True},
    "user": {"type": "str", "default": ""},
    "password": {"type": "str", "default": "", "no_log": True},
    "ca": {"type": "path", "default": ""},
    "cert": {"type": "path", "default": ""},
    "key": {"type": "path", "default": "", "no_log": False},
    "timeout": {"type": "float", "default": 3.0},
}
PROMETHEUS: dict[str, Any] = {
    "type": "dict",
    "default": {},
    "options": {
        **_LOGIN,
        "stale": {"type": "float", "default": 10.0},
        "skew": {"type": "float", "default": 30.0},
        "gap": {"type": "float", "default": 10.0},
    },
}
ALERTMANAGER: dict[str, Any] = {
    "type": "dict",
    "default": {},
    "options": {**_LOGIN, "grafana": {"type": "bool", "default": False}},
}
SINKS: dict[str, Any] = {"type": "list", "elements": "dict", "default": [], "no_log": False}

DECIDE: dict[str, Any] = {
    "group": {"type": "str", "default": "routers"},
    "live_from": {"type": "str", "default": "reroute_live"},
    "prometheus": PROMETHEUS,
    "alertmanager": ALERTMANAGER,
    "payload": {"type": "path", "default": ""},
    "path": {"type": "str", "default": ""},
    "want": {"type": "str", "default": ""},
    "run": {"type": "str", "default": ""},
    "look_again": {"type": "path", "default": ""},
    "audit": SINKS,
}

PROVE: dict[str, Any] = {
    "way": {"type": "list", "elements": "str", "required": True},
    "through": {"type": "list", "elements": "str", "default": []},
    "sites_before": {"type": "list", "elements": "dict", "default": []},
    "loss": {"type": "float", "default": 0.02},
    "blind": {"type": "bool", "default": False},
    "prometheus": PROMETHEUS,
    "soak": {"type": "float", "default": 5.0},
    "deadline": {"type": "float", "default": 30.0},
    "interval": {"type": "float", "default": 1.0},
}

AUDIT: dict[str, Any] = {
    "change": {"type": "dict"},
    "phase": {"type": "str", "choices": ["refused", "staged", "ended"], "default": "ended"},
    "why": {"type": "str", "default": ""},
    "routers": {"type": "list", "elements": "str", "default": []},
    "prefix": {"type": "str", "default": "change_"},
    "events": {"type": "list", "elements": "dict", "default": []},
    "run": {"type": "str", "default": ""},
    "sinks": SINKS,
    "only": {"type": "str", "choices": ["all", "prompt", "slow"], "default": "all"},
}
