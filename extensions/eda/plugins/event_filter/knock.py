# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever was received, nothing of it goes on: an event says that somebody knocked, and no more."""

from __future__ import annotations

from typing import Any

DOCUMENTATION = r"""
---
short_description: Reduce any event to a knock.
description:
  - Replaces every event, of whatever shape, by one and the same event. No part of a request's body, address or headers
    reaches a condition, a template, an extra variable or a job.
  - C(fairway.backbone.reroute) reads what is true from Prometheus, Alertmanager and the routers; that somebody
    knocked is all that it needs to know.
  - ansible-rulebook adds C(meta.uuid), C(meta.received_at) and C(meta.source) afterwards, from its own values.
options: {}
"""

EXAMPLES = r"""
- eda.builtin.webhook:
    host: 127.0.0.1
    port: 5010
    token: "{{ token }}"
  filters:
    - fairway.backbone.knock:
"""


def main(event: Any, **_arguments: Any) -> dict[str, Any]:
    """Return the constant event; ``event`` is not looked at. Never raises, also when it is given arguments."""
    del event
    return {"knock": True}
