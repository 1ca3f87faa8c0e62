# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """What the modules that work on a router share."""

    DOCUMENTATION = r"""
options: {}
author:
  - Fairway contributors (@fairway)
attributes:
  platform:
    description: Routers it works on, told apart by C(ansible_network_os).
    platforms: junos, frr
    support: full
requirements:
  - junos-eznc on the controller, for Junos routers
  - FRR 8 or newer with frr-pythontools on the router, for FRR routers
notes:
  - C(ansible_network_os) must be V(junos) or V(frr). A Junos router is reached with
    C(ansible_connection=fairway.backbone.junos), an FRR router with C(ansible_connection=ssh).
  - A fault of the router (unreachable, refused, timed out) fails the task and is told in its result. The host is
    never marked unreachable, so that a block's rescue section and a batch's verdict see it.
"""

    CHECK_MODE = r"""
options: {}
attributes:
  check_mode:
    description: Whether the module predicts its result in check mode, and changes nothing then.
    support: full
"""

    DIFF_MODE = r"""
options: {}
attributes:
  diff_mode:
    description: Whether the module shows what it changes, or would change.
    support: full
"""

    LOCK = r"""
options:
  lock_wait:
    description:
      - Seconds to wait for somebody else's lock on the configuration. When they are over, the message names the
        holder.
    type: float
    default: 30.0
"""

    TIMED = r"""
options:
  change_id:
    description: Name of the change, in the commit history.
    type: str
    required: true
  revision:
    description: Git revision of the intent, for the commit history.
    type: str
    default: unknown
  confirm_minutes:
    description: Minutes until the router takes the change back, 1 to 65535.
    type: int
    default: 5
  snapshot:
    description: Take the router's state before the change, as RV(before).
    type: bool
    default: false
  gather:
    description: Parts of the state to take, as in M(fairway.backbone.router_state). All by default.
    type: list
    elements: str
"""
