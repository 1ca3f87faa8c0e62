"""A drill: a link of a lab loses packets, and everything that then happens is watched and written down.

`with Drill(stage) as drill:` starts a user's ping between the sites and looks at the way traffic takes; `breaks()` and
`heals()` do it; `until_...` wait for what should follow; `collect()` makes an incident of it (tools/timeline).
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from lab.state import open_state
from tools.demo_stage import DemoError, Stage
from tools.timeline_model import loss_by_second
from tools.watch import (
    Packet,
    Program,
    first_hop_change,
    healthy_since,
    next_hop_command,
    packets,
    ping_command,
)

PROMETHEUS = "http://192.0.2.129:9090"
INTERVAL_S = 0.1
CALM_S = 1.5
"""No packet lost for so long: users are healthy again. Longer than any gap that 30 % of loss leaves by chance."""
_KNOCK = re.compile(r"^(?P<when>\d{4}-\d\d-\d\dT[\d:.]+Z) knock_runner: run \d+ \(.*\): started", re.MULTILINE)


@dataclass(frozen=True)
class End:
    """One end of the users' traffic: a probe host, its address, and its router on the path that will be sick."""

    host: str
    address: str
    next_hop: str


HERE, THERE = End("jkt-probe", "192.0.2.11", "192.0.2.72"), End("sby-probe", "192.0.2.12", "192.0.2.76")


@dataclass
class Drill:
    """One link, the path it is, how sick it becomes; times are seconds since 1970."""

    stage: Stage
    link: str = "north"
    path: str = "jkt-sby/north"
    loss: str = "30%"
    marks: list[dict[str, Any]] = field(default_factory=list)
    _watches: ExitStack = field(default_factory=ExitStack)

    @property
    def directory(self) -> Path:
        """Where everything is written down."""
        return self.stage.build / "incident"

    @property
    def audit(self) -> Path:
        """The audit log of the lab's controller."""
        return open_state(self.stage.name).host("ctl") / "home" / "root" / "state" / "build" / "audit.jsonl"

    def __enter__(self) -> Drill:
        self.began = time.time()
        self.users = self._watch(HERE.host, ping_command(HERE.address, THERE.address, INTERVAL_S), "users")
        self.ways = [
            (end, self._watch(end.host, next_hop_command(other.address), f"way-{end.host}"))
            for end, other in ((HERE, THERE), (THERE, HERE))
        ]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watches.close()

    def _watch(self, host: str, command: list[str], name: str) -> Program:
        log = self.directory / f"{name}.log"
        return self._watches.enter_context(Program(self.stage.lab_command("exec", host, "--", *command), log))

    def mark(self, kind: str, when: float | None = None, text: str = "") -> float:
        """Write down that something happened, now unless said otherwise."""
        moment = time.time() if when is None else when
        self.marks.append({"time": moment, "kind": kind, "text": text})
        return moment

    def seen(self) -> list[Packet]:
        """What users have seen so far."""
        return packets(self.users.text(), INTERVAL_S)

    def breaks(self) -> float:
        """The link begins to lose packets, in both directions."""
        self.stage.lab("impair", self.link, "--loss", self.loss)
        self.onset = self.mark("onset", text=f"{self.loss} loss on {self.link}, each way")
        return self.onset

    def heals(self) -> float:
        """The link is as it was."""
        self.stage.lab("heal")
        return self.mark("healed")

    def until_users_healthy(self, seconds: float) -> float:
        """Wait until users lose nothing any more; returns since when."""
        found: list[float] = []

        def healthy() -> bool:
            after = [packet for packet in self.seen() if packet.sent >= self.onset]
            since = healthy_since(after, CALM_S)
            if since is None or not any(packet.lost for packet in after) or self.moved() is None:
                return False
            found.append(since)
            return True

        self.stage.until("users are healthy", healthy, seconds)
        self.mark("converged", self.moved())
        return self.mark("users_healthy", found[0])

    def moved(self) -> float | None:
        """When the traffic of both directions had left the sick way; None while it has not."""
        times = [first_hop_change(log.text(), end.next_hop, self.onset) for end, log in self.ways]
        return None if None in times else max(time for time in times if time is not None)

    def until_audited(self, what: str, wanted: Callable[[dict[str, Any]], bool], seconds: float) -> dict[str, Any]:
        """Wait for an audit event since the drill began; returns it."""
        found: list[dict[str, Any]] = []

        def there() -> bool:
            found.extend(event for event in self.events() if wanted(event))
            return bool(found)

        self.stage.until(what, there, seconds)
        return found[0]

    def events(self) -> list[dict[str, Any]]:
        """The audit log of this drill."""
        if not self.audit.exists():
            return []
        lines = self.audit.read_text(encoding="utf-8").splitlines()
        return [event for event in map(json.loads, lines) if _epoch(event["time"]) >= self.began]

    def until_restored(self, seconds: float) -> dict[str, Any]:
        """Wait until traffic is back and the restoring is confirmed."""
        return self.until_audited(
            "the path is restored", lambda event: is_change(event, "restore", "confirmed"), seconds
        )

    def knocked(self) -> float | None:
        """When the run began that decided to steer; None when none did."""
        text = self.stage.service_log("ctl", "fairway-reroute.service")
        decided = [_epoch(event["time"]) for event in self.events() if event.get("verdict") == "steer"]
        runs = [_epoch(found["when"]) for found in _KNOCK.finditer(text)]
        return max((when for when in runs if decided and when <= decided[0]), default=None)

    def collect(self, title: str) -> Path:
        """Put marks, measurements and audit log together; returns the incident's file."""
        knocked = self.knocked()
        if knocked is not None:
            self.mark("hook", knocked)
        end, file = time.time(), self.directory / "incident.json"
        lines = [json.dumps(mark) for mark in self.marks]
        points = loss_by_second((packet.sent, packet.lost) for packet in self.seen())
        lines.append(json.dumps({"series": "user_loss", "name": "users, jkt to sby", "points": points}))
        marks = self.directory / "marks.jsonl"
        marks.write_text("\n".join(lines) + "\n", encoding="utf-8")
        words = ["--path", self.path, "--start", f"{self.began:.3f}", "--end", f"{end:.3f}", "--title", title]
        words += ["--prometheus", PROMETHEUS, "--audit", str(self.audit), "--marks", str(marks)]
        words += ["--output", str(file)]
        python = str(self.stage.python)
        done = self.stage.run(
            self.stage.lab_command("exec", "ctl", "--", python, "-m", "tools.timeline_collect", *words)
        )
        if done or not file.exists():
            raise DemoError("the incident could not be collected")
        return file


def is_change(event: dict[str, Any], action: str, state: str) -> bool:
    """Whether an audit event says that a change of this kind came to this state."""
    return (event.get("event"), event.get("action"), event.get("state")) == ("change", action, state)


def _epoch(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
