"""One emulated router: its datastore, files, faults, timers and management sessions."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, ParamSpec, Protocol, TypeVar

import asyncssh

from lab.junos import clock, config
from lab.junos.auth import Authenticator, Credentials
from lab.junos.conditions import Conditions
from lab.junos.config import ConfigError
from lab.junos.faults import Faults
from lab.junos.oper import OperContext
from lab.junos.power import Power
from lab.junos.scp import Files
from lab.junos.software import Installer
from lab.junos.store import CommitResult, Datastore, SessionHandle

P = ParamSpec("P")
R = TypeVar("R")
LOG_LENGTH = 500
CHECK_OUT_FAILED = "configuration check-out failed"

_workers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="junos")
"""Parsing, comparing and committing run here, so that the event loop keeps answering everybody else."""


class Connection(Protocol):
    """An SSH connection that a router can end."""

    def disconnect(self, code: int, reason: str) -> None:
        """Say goodbye and close."""

    def abort(self) -> None:
        """Close at once."""


class Request(NamedTuple):
    """One request that came in: when (epoch seconds), from which session, and what."""

    time: float
    pid: int
    user: str
    rpc: str
    variant: str


@dataclass(eq=False)
class ManagementSession:
    """One NETCONF or CLI session; `disconnect` closes its connection."""

    handle: SessionHandle
    user: str
    client: str
    peer: str
    disconnect: Callable[[], None]
    since: float = field(default_factory=clock.now)
    private: bool = False
    ended: bool = False

    @property
    def pid(self) -> int:
        """The session's id, which is a process id on a router."""
        return self.handle.pid


class Router:
    """The state of one router; every coroutine here may be called from any session."""

    def __init__(
        self,
        hostname: str,
        store: Datastore,
        context: OperContext,
        credentials: Credentials,
        files: Files,
        *,
        faults: Faults | None = None,
        minute: float = 60.0,
        commit_delay: float = 0.0,
    ) -> None:
        self.initial_hostname = hostname
        self.store = store
        self.context = context
        self.files = files
        self.faults = faults or Faults()
        self.minute = minute
        self.commit_delay = commit_delay
        self.authenticator = Authenticator(credentials, self.active_data)
        self.sessions: dict[int, ManagementSession] = {}
        self.connections: set[Connection] = set()
        self.requests: deque[Request] = deque(maxlen=LOG_LENGTH)
        self.addresses: list[str] = []
        self.power = Power(self)
        self.installer = Installer(context.software, files, self.faults, context.chassis.model)
        self.conditions = Conditions(self.faults, context, files)
        self.timer = clock.DeadlineTimer(self._deadline, self.faults.late_timer, self.tick)
        self.on_reachability: Callable[[], Awaitable[None]] | None = None
        self._orphans: set[asyncio.Future[Any]] = set()
        self._turn = asyncio.Lock()
        self._commit_turn = asyncio.Lock()
        self._active: tuple[object, Mapping[str, Any]] | None = None

    def active_data(self) -> Mapping[str, Any]:
        """The running configuration as plain data, kept until another one is committed."""
        running = self.store.running()
        if self._active is None or self._active[0] is not running:
            self._active = (running, config.active_data(running))
        return self._active[1]

    @property
    def hostname(self) -> str:
        """`system host-name` of the running configuration, else the name given at the start."""
        system = self.active_data().get("system")
        name = system.get("host-name") if isinstance(system, Mapping) else None
        return name if isinstance(name, str) else self.initial_hostname

    @property
    def offers_sftp(self) -> bool:
        """Whether the running configuration has `system services ssh sftp-server`."""
        below: Any = self.active_data()
        for name in ("system", "services", "ssh"):
            below = below.get(name) if isinstance(below, Mapping) else None
        return isinstance(below, Mapping) and bool(below.get("sftp-server"))

    async def work(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a slow step that touches the datastore in a worker thread, one at a time for this router."""
        async with self._turn:
            loop = asyncio.get_running_loop()
            result = await loop.run_in_executor(_workers, partial(function, *args, **kwargs))
        self.timer.arm()
        return result

    async def quick(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a fast step that touches the datastore, in turn with the slow ones."""
        async with self._turn:
            result = function(*args, **kwargs)
        self.timer.arm()
        return result

    async def commit(self, session: ManagementSession, *, check: bool = False, **options: Any) -> CommitResult:
        """Commit for a session (options as `Datastore.commit`); a real one takes `commit_delay` seconds longer."""
        async with self._commit_turn:
            if self.commit_delay and not check:
                await asyncio.sleep(self.commit_delay)
            return await self.work(self._commit, session.handle, check, options)

    def _commit(self, handle: SessionHandle, check: bool, options: dict[str, Any]) -> CommitResult:
        """Ask the data plane first: what it cannot carry is a commit check that fails, not a statement ignored."""
        backend = self.context.backend
        refusals = backend.check(self.store.candidate(handle))
        if not refusals:
            return self.store.commit(handle, check=check, **options)
        errors = [ConfigError("error", r.message, r.bad_element, r.path) for r in refusals]
        return CommitResult(False, [*errors, ConfigError("error", CHECK_OUT_FAILED)])

    def _deadline(self) -> float | None:
        """When the timer has something to do; a router that is down rolls back when it boots."""
        return self.store.next_deadline() if self.power.up else None

    async def tick(self) -> None:
        """Fire the automatic rollback when its time has come."""
        async with self._turn:
            if not self.power.up:
                return
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(_workers, self.store.tick, clock.now())

    async def open_session(
        self, user: str, client: str, peer: str, disconnect: Callable[[], None]
    ) -> ManagementSession:
        """Register a new session with the datastore."""
        handle = await self.quick(self.store.open_session, user, client)
        session = ManagementSession(handle, user, client, peer, disconnect)
        self.sessions[session.pid] = session
        return session

    async def close_session(self, session: ManagementSession) -> None:
        """End a session: its lock goes, and what it had not committed under the lock."""
        self.sessions.pop(session.pid, None)
        if not session.ended:
            session.ended = True
            await self.work(self.store.close_session, session.handle)

    async def kill_session(self, pid: int) -> bool:
        """End somebody's session (a pending confirmed commit of theirs is reverted); False when there is none."""
        session = self.sessions.pop(pid, None)
        if session is None:
            return False
        session.ended = True
        await self.work(self.store.kill_session, pid)
        session.disconnect()
        return True

    async def drop_connections(self) -> None:
        """The router goes down: say so to every client, and hang up on those that do not listen."""
        for connection in tuple(self.connections):
            connection.disconnect(asyncssh.DISC_BY_APPLICATION, "the system is going down")
        for _ in range(20):
            if not self.connections:
                break
            await asyncio.sleep(0.02)
        for connection in tuple(self.connections):
            connection.abort()
        self.sessions.clear()

    def keep(self, task: asyncio.Future[Any]) -> None:
        """A request that goes on although nobody waits for its answer."""
        self._orphans.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Future[Any]) -> None:
        self._orphans.discard(task)
        if not task.cancelled():
            task.exception()

    def logged_in(self) -> list[tuple[str, str, float]]:
        """User, address and begin of every session, for `show system users`."""
        return [(session.user, session.peer, session.since) for session in self.sessions.values()]

    def note(self, session: ManagementSession, rpc: str, variant: str) -> None:
        """Remember that this request came in: what tests read through the control socket."""
        self.requests.append(Request(clock.now(), session.pid, session.user, rpc, variant))

    async def reachability_changed(self) -> None:
        """Make the listening ports follow `refuse-connect`, `blackhole` and a reboot, and timers a new lateness."""
        self.timer.arm()
        if self.conditions.follow() and self.power.up:
            await self.work(self.conditions.hinder)
        if self.on_reachability is not None:
            await self.on_reachability()

    def close(self) -> None:
        """Forget timers and temporary files, and stop what the data plane runs."""
        self.timer.cancel()
        self.power.close()
        self.installer.abort()
        self.context.backend.close()
        self.files.close()
