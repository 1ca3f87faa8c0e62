# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """What the modules that ask Prometheus share; `observed.alertmanager`: with those that ask an Alertmanager."""

    # The login is written out in both: sanity tests read literals only.
    DOCUMENTATION = """
options:
  prometheus:
    description: The Prometheus that the probes' results are in.
    type: dict
    default: {}
    suboptions:
      url:
        description: Its address, such as C(https://prometheus.example.net:9090). Nothing is measured without it.
        type: str
        default: ""
      token:
        description: Bearer token.
        type: str
        default: ""
      user:
        description: Name for basic authentication.
        type: str
        default: ""
      password:
        description: Password for basic authentication.
        type: str
        default: ""
      ca:
        description: File of certificates to trust instead of the system's.
        type: path
        default: ""
      cert:
        description: File with a client certificate.
        type: path
        default: ""
      key:
        description: File with the key of the client certificate.
        type: path
        default: ""
      timeout:
        description: Seconds within which it must have answered.
        type: float
        default: 3.0
      stale:
        description: Seconds; an older measurement is none.
        type: float
        default: 10.0
      skew:
        description: Seconds that its clock may be from the controller's.
        type: float
        default: 30.0
      gap:
        description: Seconds without a measurement that end a path's health.
        type: float
        default: 10.0
author:
  - Fairway contributors (@fairway)
notes:
  - It runs on the controller, talks to no router, and follows no redirect and no proxy setting.
"""

    ALERTMANAGER = """
options:
  alertmanager:
    description: The Alertmanager, or Grafana, whose alerts count.
    type: dict
    default: {}
    suboptions:
      url:
        description: Its address, such as C(https://alertmanager.example.net:9093).
        type: str
        default: ""
      token:
        description: Bearer token.
        type: str
        default: ""
      user:
        description: Name for basic authentication.
        type: str
        default: ""
      password:
        description: Password for basic authentication.
        type: str
        default: ""
      ca:
        description: File of certificates to trust instead of the system's.
        type: path
        default: ""
      cert:
        description: File with a client certificate.
        type: path
        default: ""
      key:
        description: File with the key of the client certificate.
        type: path
        default: ""
      timeout:
        description: Seconds within which it must have answered.
        type: float
        default: 3.0
      grafana:
        description: It is a Grafana, which serves the same below C(/api/alertmanager/grafana).
        type: bool
        default: false
"""
