# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of a run for machines: JSON files, written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from ansible_collections.fairway.backbone.plugins.module_utils.change import SummaryRow


def write_report(
    path: Path, playbook: str, change_id: str, rows: Sequence[SummaryRow], errors: Sequence[Mapping[str, str]] = ()
) -> None:
    """Writes `{"playbook", "change_id", "routers": [row, ...], "errors": [{"router", "task", "message"}, ...]}` to
    `path`; a reader never sees half of it. `errors`: tasks that failed and are no router's row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {
        "playbook": playbook,
        "change_id": change_id,
        "routers": [row.as_dict() for row in rows],
        "errors": [dict(error) for error in errors],
    }
    text = json.dumps(told, indent=2)
    partial = path.with_suffix(".partial")
    partial.write_text(text + "\n", encoding="utf-8")
    partial.replace(path)
