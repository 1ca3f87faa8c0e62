"""Where a lab keeps its files: .lab/NAME below the checkout, or below FAIRWAY_LAB_DIR."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError
from lab.topology import Topology

CHECKOUT = Path(__file__).resolve().parent.parent
"""The directory that holds the package ``lab``; children find it through PYTHONPATH."""

_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$")


@dataclass(frozen=True)
class LabState:
    """The files of one lab. The directory is readable by its owner only: it holds private keys."""

    name: str
    directory: Path

    @property
    def topology_file(self) -> Path:
        """The resolved topology (JSON)."""
        return self.directory / "topology.json"

    @property
    def socket(self) -> Path:
        """The supervisor's control socket."""
        return self.directory / "control.sock"

    @property
    def log(self) -> Path:
        """What the supervisor and the boot of the hosts had to say."""
        return self.directory / "supervisor.log"

    @property
    def key(self) -> Path:
        """The lab's SSH private key; the public one has .pub appended."""
        return self.directory / "id_ed25519"

    def host(self, name: str) -> Path:
        """The directory with one host's private files."""
        return self.directory / "hosts" / name

    def public_key(self) -> str:
        """The lab's public key, one line."""
        return self.key.with_name(self.key.name + ".pub").read_text(encoding="ascii").strip()

    def topology(self) -> Topology:
        """The topology that `up` stored. Raises LabError when there is none."""
        try:
            return Topology.load(self.topology_file)
        except FileNotFoundError:
            raise LabError(f"lab {self.name!r} is not up; start it with `python -m lab up`") from None

    def remove(self) -> None:
        """Delete the lab's directory; nothing to do when it is gone."""
        if self.directory.exists():
            shutil.rmtree(self.directory)


def open_state(name: str | None = None) -> LabState:
    """Return the state of the named lab (default: FAIRWAY_LAB, then "lab"); creates nothing.

    Raises LabError for a name that cannot be a directory name.
    """
    name = name or os.environ.get("FAIRWAY_LAB") or "lab"
    if not _NAME.match(name):
        raise LabError(
            f"lab name {name!r}: expected up to 32 letters, digits, '_', '.', '-', beginning with one of the former"
        )
    root = Path(os.environ.get("FAIRWAY_LAB_DIR") or CHECKOUT / ".lab").resolve()
    return LabState(name, root / name)
