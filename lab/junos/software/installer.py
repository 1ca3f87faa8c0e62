"""How a package is validated, installed and backed out: the steps, what they print, and how long they take.

An installation belongs to the router. It goes on when the session that asked for it has gone, and ends with a reboot.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lab.junos import clock
from lab.junos.faults import Faults
from lab.junos.scp import Files
from lab.junos.software import texts
from lab.junos.software.image import Image, Software
from lab.junos.software.package import PLATFORM, Package, PackageError, read

LOG = "var/log/install"
INSTALL_SECONDS, VALIDATE_SECONDS = 2.0, 0.2
_TICK = 0.05


@dataclass(frozen=True)
class AddOptions:
    """What `request system software add` was told."""

    path: str
    kind: str = "junos"
    validate: bool = True
    force: bool = False
    unlink: bool = False


@dataclass(frozen=True)
class Outcome:
    """What is answered: one text per step, and the result, which a router sometimes leaves out."""

    outputs: tuple[str, ...]
    result: int | None


class Refused(Exception):
    """A step that fails: its text, and the result that goes with it."""

    def __init__(self, text: str, result: int | None = 1) -> None:
        super().__init__(text)
        self.text = text
        self.result = result


Steps = Callable[[list[str]], Awaitable[None]]
"""Steps add what they print to the list, and raise Refused."""


class Installer:
    """The package operations of one router, one at a time."""

    def __init__(self, software: Software, files: Files, faults: Faults, model: str) -> None:
        self.software = software
        self._files = files
        self._faults = faults
        self._model = model
        self._task: asyncio.Task[Outcome] | None = None
        self._progress: float | None = None

    @property
    def busy(self) -> bool:
        """Whether a package operation is under way."""
        return self._task is not None and not self._task.done()

    def status(self) -> dict[str, object]:
        """Versions, and how many per cent of an installation are done, for a witness."""
        installing = None if self._progress is None or not self.busy else int(100 * self._progress)
        return {**self.software.status(), "busy": self.busy, "installing": installing}

    def pending_install(self) -> Outcome:
        """`request-package-checks-pending-install`: the text is empty when nothing waits."""
        waits = self.software.pending is not None
        return Outcome((texts.PENDING if waits else "",), int(waits))

    async def validate(self, path: str, user: str) -> Outcome:
        """`request system software validate`."""
        return await self._exclusively(f"validate {path}", partial(self._validate_only, path, user))

    async def add(self, options: AddOptions, user: str) -> Outcome:
        """`request system software add`, `request vmhost software add`."""
        words = f"update{'' if options.validate else ' -no-validate'} {options.path}"
        return await self._exclusively(words, partial(self._add, options, user))

    async def rollback(self) -> Outcome:
        """Take back what is pending; when nothing is, the previous software becomes pending."""
        return await self._exclusively("rollback", self._rollback)

    def abort(self) -> None:
        """The router goes down: what is not finished never happened."""
        if self._task is not None:
            self._task.cancel()

    async def _exclusively(self, words: str, steps: Steps) -> Outcome:
        """Run the steps on the router's own behalf; refuse while others run."""
        if self.busy:
            return Outcome((texts.BUSY,), 1)
        self._task = asyncio.create_task(self._logged(words, steps))
        return await asyncio.shield(self._task)

    async def _logged(self, words: str, steps: Steps) -> Outcome:
        self._log(texts.log_line(clock.now(), f"/usr/libexec/ui/package -X {words}"))
        printed: list[str] = []
        result: int | None = 0
        try:
            await steps(printed)
        except Refused as error:
            printed.append(error.text)
            result = error.result
        finally:
            self._progress = None
        self._log(texts.log_outcome(printed, result))
        return Outcome(tuple(printed), result)

    def _log(self, text: str) -> None:
        """Write to /var/log/install, where a router keeps what its package operations printed."""
        path = self._files.root / LOG
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as log:
            log.write(text)

    # Steps

    async def _validate_only(self, path: str, user: str, printed: list[str]) -> None:
        package = self._read(path, user)
        self._suits(package, path)
        await self._validate(package, printed)

    async def _validate(self, package: Package, printed: list[str]) -> None:
        await self._pass("validate-seconds", VALIDATE_SECONDS)
        said = self._faults.text("validation-failure")
        if said is not None or package.flaw == "validation":
            raise Refused(texts.invalid(package.name, said or texts.INVALID_STATEMENT))
        printed.append(texts.valid(package.name))

    async def _add(self, options: AddOptions, user: str, printed: list[str]) -> None:
        self._progress = 0.0
        if self.software.pending is not None and not options.force:
            raise Refused(texts.PENDING)
        package = self._read(options.path, user)
        self._suits(package, options.path)
        if package.kind != options.kind:
            raise Refused(texts.wrong_command(package.name, package.kind, options.path))
        if options.validate:
            await self._validate(package, printed)
        self._room(package, options)
        await self._install(package, options.path)
        if options.unlink:
            self._files.delete(self._files.real(options.path, user))
        self.software.install(Image(package.version, package.kind, bad=package.flaw == "boot"))
        printed.append(texts.installed(package.name, package.version, package.kind))

    async def _install(self, package: Package, path: str) -> None:
        """Take the time that it takes, or fail on the way."""
        fails = self._faults.number("install-failure")
        if fails is None and package.flaw == "install":
            fails = 50.0
        await self._pass("install-seconds", INSTALL_SECONDS, until=1.0 if fails is None else fails / 100)
        if fails is not None:
            raise Refused(texts.failed(package.name, path))

    async def _rollback(self, printed: list[str]) -> None:
        await self._pass("validate-seconds", VALIDATE_SECONDS)
        if self.software.pending is not None:
            self.software.discard_pending()
            printed.append(texts.BACKED_OUT)
        elif self.software.previous is None:
            raise Refused(texts.NO_ROLLBACK)
        else:
            self.software.install(self.software.previous)
            printed.append(texts.rolled_back(self.software.previous.version, self.software.previous.kind))

    def _read(self, path: str, user: str) -> Package:
        """The package that a request names. A missing one is reported without a result, as routers do."""
        if "://" in path:
            raise Refused(texts.unreachable(path))
        real: Path = self._files.real(path, user)
        if not real.is_file() or real.stat().st_size == 0:
            raise Refused(texts.missing(path), None)
        try:
            return read(real)
        except PackageError as error:
            raise Refused(f"{error}\nERROR: Installation failed for package '{path}'") from None

    def _suits(self, package: Package, path: str) -> None:
        """Refuse another product's package, and one that nobody signed."""
        if PLATFORM not in package.product:
            raise Refused(texts.wrong_product(package.name, self._model, path))
        if package.flaw == "signature":
            raise Refused(texts.unsigned(package.name, path))

    def _room(self, package: Package, options: AddOptions) -> None:
        free = self._files.disk.free
        if free is not None and free < package.size and not options.force:
            raise Refused(texts.no_room(package.name, package.size, free, options.path))

    async def _pass(self, knob: str, usual: float, until: float = 1.0) -> None:
        """Let the time of a step pass; the knob may be turned meanwhile."""
        began = time.monotonic()
        while True:
            total = self._faults.number(knob)
            total = usual if total is None else total
            passed = time.monotonic() - began
            if knob == "install-seconds":
                self._progress = min(1.0, passed / total) if total else 1.0
            if passed >= total * until:
                return
            await asyncio.sleep(min(_TICK, total * until - passed))
