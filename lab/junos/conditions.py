"""What faults make lasting: a full disk, alarms and core dumps, a router that boots incomplete."""

from __future__ import annotations

import time

from lab.junos.faults import Fault, Faults
from lab.junos.oper.context import Alarm, CoreDump, OperContext
from lab.junos.scp import Files


class Conditions:
    """Makes one router follow the conditions among its faults (`faults.CONDITIONS`)."""

    def __init__(self, faults: Faults, context: OperContext, files: Files) -> None:
        self.junk = 0
        """Octets of old files that a storage cleanup removes."""
        self._faults = faults
        self._context = context
        self._files = files
        self._disk: Fault | None = None
        self._old_files: Fault | None = None
        self._missing: list[str] = []
        context.ntp_lost = lambda: faults.set("ntp-unsynchronized")

    def follow(self) -> bool:
        """After faults were set: disk, alarms and cores as they say. True when `hinder` has something to do."""
        self._follow_disk()
        chassis = self._context.chassis
        shown = [alarm.description for alarm in chassis.alarms if alarm.lasting]
        if shown != (wanted := self._faults.texts("alarm")):
            own = [alarm for alarm in chassis.alarms if not alarm.lasting]
            chassis.alarms[:] = own + [Alarm(text, "Major", raised=time.time(), lasting=True) for text in wanted]
        dumped = [core.path for core in chassis.cores if core.lasting]
        if dumped != (wanted := self._faults.texts("core")):
            kept = [core for core in chassis.cores if not core.lasting]
            chassis.cores[:] = kept + [CoreDump(path, written=time.time(), lasting=True) for path in wanted]
        still = [name for name in self._missing if name in self._faults.texts("boot-without")]
        changed, self._missing = still != self._missing, still
        return changed

    def _follow_disk(self) -> None:
        """A disk is as full as the fault says when it is set; from then on files fill it and leave room."""
        disk, junk = self._faults.last("disk-free"), self._faults.last("disk-junk")
        if disk is not self._disk:
            self._files.disk.free = int(disk.seconds) if disk is not None else None
            self._disk = disk
        if junk is not self._old_files:
            self.junk = int(junk.seconds) if junk is not None else 0
            self._old_files = junk

    def boot(self) -> None:
        """The router has booted: alarms begin anew, and what should have gone wrong at boot has."""
        chassis = self._context.chassis
        chassis.alarms[:] = [alarm for alarm in chassis.alarms if alarm.lasting]
        for text in self._faults.texts("boot-alarm"):
            chassis.raise_alarm(text)
        for path in self._faults.texts("boot-core"):
            chassis.drop_core(path)
        self._missing = self._faults.texts("boot-without")

    def hinder(self) -> None:
        """Keep down what did not come back at boot."""
        self._context.backend.hinder(self._missing)

    def clean(self) -> int:
        """Remove the old files; returns how many octets they had."""
        freed, self.junk = self.junk, 0
        self._files.give_back(freed)
        return freed
