"""How a lab was asked to run; fixed when it boots, kept for hosts that boot again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """``minute`` is the length of a Junos minute in seconds, ``commit_delay`` what a Junos commit takes in seconds.

    ``faults`` holds the emulator's fault specifications by host; ``backend`` is the emulator's (frr or null).
    """

    minute: float = 60.0
    commit_delay: float = 0.0
    backend: str = "frr"
    faults: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Write as JSON."""
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(self)) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Options:
        """Read what save() wrote."""
        data = json.loads(path.read_text(encoding="utf-8"))
        faults = {host: tuple(specs) for host, specs in data.pop("faults").items()}
        return cls(**data, faults=faults)
