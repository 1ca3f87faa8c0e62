# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendered configurations as files: private, written whole, and only when something in them is new."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from ansible_collections.fairway.backbone.plugins.plugin_utils.private_file import write_private
from ansible_collections.fairway.backbone.plugins.plugin_utils.render_fleet import Config


def write_config(dest: Path, host: str, config: Config) -> dict[str, Any]:
    """Write HOST.conf, HOST.map.json and HOST.expect.json; tell path, sha256, lines and whether anything changed.

    The map is a list: entry n-1 is [template, template line] of output line n. Raises OSError.
    """
    dest.mkdir(parents=True, exist_ok=True)
    path = dest / f"{host}.conf"
    origins = "[\n" + ",\n".join(json.dumps(list(origin)) for origin in config.origins) + "\n]\n"
    texts = {
        path: config.text,
        dest / f"{host}.map.json": origins,
        dest / f"{host}.expect.json": json.dumps(config.expect, indent=1, sort_keys=True) + "\n",
    }
    changed = [write_private(target, text) for target, text in texts.items()]
    return {
        "path": str(path),
        "sha256": hashlib.sha256(config.text.encode()).hexdigest(),
        "lines": len(config.origins),
        "changed": any(changed),
    }
