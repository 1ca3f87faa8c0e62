# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was typed to start this run, and what to type next."""

from __future__ import annotations

from pathlib import Path

from ansible import constants, context


def revert_command(playbook: str) -> list[str]:
    """The command that takes a change of this playbook (its name without .yml) back, as who started this run would type
    it."""
    inventory = [str(one) for one in context.CLIARGS.get("inventory") or ()]
    usual = [str(one) for one in constants.DEFAULT_HOST_LIST]
    words = [word for one in inventory if inventory != usual for word in ("-i", _near(one))]
    for typed in map(Path, context.CLIARGS.get("args") or ()):
        back = typed.with_name("revert.yml")
        if typed.stem == playbook and back.is_file():
            return ["ansible-playbook", *words, _near(str(back))]
    return ["ansible-playbook", *words, "fairway.backbone.revert"]


def _near(path: str) -> str:
    """A path as one types it here."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path
