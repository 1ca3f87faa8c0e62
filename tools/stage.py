"""Copy the checkout into an `ansible_collections` tree, without what Git ignores.

ansible-test refuses the symlink that serves everything else, and `ansible-galaxy collection build` would follow it
round in circles; both get a copy. Files that are new but not yet added are copied too: what is about to be
committed is what wants checking.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INSIDE = Path("ansible_collections") / "fairway" / "backbone"


def project_files() -> list[str]:
    """Paths, relative to the checkout, of all files that are tracked or about to be, sorted."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted({name for name in listed.split("\0") if name and (ROOT / name).is_file()})


def stage(into: Path, names: list[str]) -> Path:
    """Copy `names` to `into`/ansible_collections/fairway/backbone and return that. File times are kept, for caches."""
    target = into / INSIDE
    for name in names:
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy)
    return target


def environment() -> dict[str, str]:
    """The caller's environment with this virtual environment's programs first, and no colours or questions."""
    bin_dir = str(Path(sys.executable).parent)
    path = [entry for entry in os.environ.get("PATH", os.defpath).split(os.pathsep) if entry != bin_dir]
    quiet = {"NO_COLOR": "1", "ANSIBLE_NOCOLOR": "1", "PY_COLORS": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    return {**os.environ, **quiet, "PATH": os.pathsep.join([bin_dir, *path])}
