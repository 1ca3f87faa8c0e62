"""What `ansible-doc -t role` says of a role's defaults is what the role does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROLES = Path(__file__).resolve().parents[3] / "roles"
# A setting of all roles, or else this value: what it is in an inventory that says nothing.
SHARED = re.compile(
    r"\{\{ (?:fairway_\w+|approval|reason|path|want|\w+_interval|\w+_port) \| default\((true|'.*'|\d+|\[\])\) \}\}"
)


def plain(value: Any) -> Any:
    """A default that does not depend on the run; None for the others."""
    if isinstance(value, str) and (shared := SHARED.fullmatch(value)):
        return yaml.safe_load(shared[1])
    return None if "{{" in str(value) else value


@pytest.mark.parametrize("role", sorted(path.name for path in ROLES.iterdir()))
def test_defaults_are_documented_as_they_are(role: str) -> None:
    defaults = yaml.safe_load((ROLES / role / "defaults" / "main.yml").read_text(encoding="utf-8"))
    told = yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    for entry in told.values():
        for name, option in (entry.get("options") or {}).items():
            wanted = plain(defaults.get(name))
            assert option.get("default") == wanted, f"{role}: {name}: defaults/main.yml has {defaults.get(name)!r}"
