# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What batches a deploy was asked for. Pure."""

from __future__ import annotations

import re
from typing import Any

_BATCH = re.compile(r"[1-9][0-9]*%?")


def serial_complaint(serial: Any) -> str:
    """What is wrong with the sizes of the batches, as Ansible's `serial` takes them: a number of routers, a share, or a
    list of them; empty when nothing is."""
    sizes = serial if isinstance(serial, list) else [serial]
    if sizes and all(_BATCH.fullmatch(str(size)) for size in sizes):
        return ""
    return (
        f"deploy_serial is {serial}: expected a number of routers, a share such as 25%, or a list of them: "
        """-e deploy_serial=2, or -e '{"deploy_serial": [1, "25%"]}'. Nothing was changed."""
    )
