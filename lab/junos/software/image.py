"""Which software a router runs, which waits for the next reboot, and which a rollback brings back."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Image:
    """Software on the router's disk; a `bad` one does not boot."""

    version: str
    kind: str = "junos"
    bad: bool = False


class Software:
    """The running, the pending and the previous image, kept in `path` (when given) over power cuts."""

    def __init__(self, first: str, path: Path | None = None) -> None:
        """`first` is what runs when there is nothing at `path`; raises ValueError for a file that is no such record."""
        self.current = Image(first)
        self.pending: Image | None = None
        self.previous: Image | None = None
        self._path = path
        if path is not None and path.exists():
            self._restore(path)

    def _restore(self, path: Path) -> None:
        try:
            saved = json.loads(path.read_text(encoding="utf-8"))
            self.current = Image(**saved["current"])
            self.pending = Image(**saved["pending"]) if saved["pending"] else None
            self.previous = Image(**saved["previous"]) if saved["previous"] else None
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path}: not a record of software: {error}") from None

    def install(self, image: Image) -> None:
        """From the next reboot on, run this."""
        self.pending = image
        self._save()

    def discard_pending(self) -> None:
        """Go on with what runs."""
        self.pending = None
        self._save()

    def boot(self, kind: str, *, fall_back: bool = False) -> bool:
        """Come up again, with the pending image if there is one; False when that did not boot, and the old one did.

        `kind` is what was asked for: `junos`, `vmhost`, or `power` for a power cut. An image of the host as well as of
        Junos takes the host's reboot: restarting Junos alone leaves it pending.
        """
        waiting = self.pending
        if waiting is None or (waiting.kind == "vmhost" and kind == "junos"):
            return True
        self.pending = None
        boots = not (fall_back or waiting.bad)
        if boots:
            self.current, self.previous = waiting, self.current
        self._save()
        return boots

    def status(self) -> dict[str, str | None]:
        """Versions, for a witness."""
        images = {"version": self.current, "pending": self.pending, "previous": self.previous}
        return {name: image.version if image else None for name, image in images.items()}

    def _save(self) -> None:
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            scratch = self._path.with_name(f".{self._path.name}.new")
            text = {name: asdict(image) if image else None for name, image in self._images().items()}
            scratch.write_text(json.dumps(text), encoding="utf-8")
            scratch.replace(self._path)

    def _images(self) -> dict[str, Image | None]:
        return {"current": self.current, "pending": self.pending, "previous": self.previous}
