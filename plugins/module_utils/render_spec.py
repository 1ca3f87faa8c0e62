# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of config_render: the action validates by them, the module documents them."""

from __future__ import annotations

from typing import Any

RENDER: dict[str, Any] = {
    "group": {"type": "str", "default": "routers"},
    "hosts": {"type": "list", "elements": "str"},
    "dest": {"type": "path", "default": "build/config"},
    "templates": {"type": "path"},
    "live": {"type": "dict", "default": {}},
}
