"""Configuration mode."""

from __future__ import annotations

from lab.junos import config, gate
from lab.junos.cli import pipes
from lab.junos.cli.operational import headed, reply_text, show_tree
from lab.junos.cli.terminal import Terminal
from lab.junos.router import ManagementSession, Router
from lab.junos.rpc.commit import DEFAULT_MINUTES, confirm_minutes
from lab.junos.rpc.configuration import config_errors, rollback_number
from lab.junos.rpc.registry import Call
from lab.junos.rpc.reply import RpcFailure, element, failure, syntax_error
from lab.junos.store import CommitResult

CHANGES = ("set", "delete", "deactivate", "activate", "annotate", "rename", "insert", "copy", "replace", "protect",
           "unprotect")  # fmt: skip
LOAD_ACTIONS = ("merge", "override", "replace", "update", "set", "patch")


class ConfigureMode:
    """The candidate seen from a terminal: where one stands (`path`) and in which mode it was opened."""

    def __init__(self, router: Router, session: ManagementSession, terminal: Terminal) -> None:
        self.left = False
        self._router = router
        self._session = session
        self._terminal = terminal
        self._mode = "shared"
        self._path: tuple[str, ...] = ()

    @property
    def banner(self) -> str:
        """`[edit ...]`: where one stands."""
        return f"[{' '.join(('edit', *self._path))}]"

    async def enter(self, words: list[str]) -> str:
        """`configure [exclusive|private]`."""
        store, handle = self._router.store, self._session.handle
        mode = words[0] if words else "shared"
        if mode == "exclusive":
            await self._router.quick(store.lock, handle)
        elif mode == "private":
            await self._router.work(store.open_private, handle)
        elif mode != "shared":
            raise syntax_error(mode)
        self._mode = mode
        warning = "" if mode == "shared" else f"warning: uncommitted changes will be discarded on exit ({mode})\n"
        return warning + "Entering configuration mode\n"

    async def line(self, text: str) -> str:
        """One line of configuration mode; returns what it prints."""
        name, _, rest = text.partition(" ")
        rest = rest.strip()
        if name in CHANGES:
            return await self._change(name, rest)
        if name in ("exit", "quit"):
            return await self._exit(rest)
        handler = {
            "show": self._show, "edit": self._edit, "up": self._up, "top": self._top, "commit": self._commit,
            "rollback": self._rollback, "load": self._load, "save": self._save, "status": self._status,
        }.get(name)  # fmt: skip
        if handler is None:
            raise syntax_error(name)
        return await handler(rest)

    async def _change(self, name: str, rest: str) -> str:
        if not rest:
            raise failure(f"{name}: a statement is expected", bad_element=name)
        where = " ".join(_quote(word) for word in self._path)
        await self._load_text(" ".join(filter(None, (name, where, rest))), "set", "set")
        return ""

    async def _load_text(self, text: str, fmt: str, action: str) -> None:
        report = await self._router.work(self._router.store.load, self._session.handle, text, fmt, action)
        if not report.ok:
            raise RpcFailure(*config_errors(report.errors))

    async def _candidate(self) -> config.Tree:
        return await self._router.quick(self._router.store.candidate, self._session.handle)

    def _call(self) -> Call:
        return Call(self._router, self._session, element("command"))

    async def _show(self, rest: str) -> str:
        piped = pipes.parse(rest)
        if piped.compare is not None:
            text = await self._router.work(self._router.store.compare, self._session.handle, piped.compare)
            return pipes.apply(text, piped.filters)
        tree = await self._candidate()
        if "inheritance" in piped.display:
            tree = await self._router.work(config.expand, tree)
        fmt = next((display for display in piped.display if display in ("xml", "json")), "text")
        path = (*self._path, *pipes.words(piped.command))
        call = self._call()
        shown = headed(call, "candidate", path, await show_tree(call, tree, path, piped.display, fmt), piped.display)
        return pipes.apply(shown if isinstance(shown, str) else reply_text(shown), piped.filters)

    async def _edit(self, rest: str) -> str:
        if not rest:
            raise failure("edit: a hierarchy level is expected", bad_element="edit")
        self._path = (*self._path, *pipes.words(rest))
        return ""

    async def _up(self, rest: str) -> str:
        steps = int(rest) if rest.isdigit() else 1
        self._path = self._path[: max(0, len(self._path) - steps)]
        return ""

    async def _top(self, rest: str) -> str:
        here, self._path = self._path, ()
        if not rest:
            return ""
        try:
            return await self.line(rest)
        finally:
            if not rest.startswith("edit"):
                self._path = here

    async def _rollback(self, rest: str) -> str:
        store, handle = self._router.store, self._session.handle
        if rest == "rescue":
            await self._router.work(store.load_rescue, handle)
        else:
            await self._router.work(store.load_rollback, handle, rollback_number(rest or "0"))
        return "load complete\n"

    async def _load(self, rest: str) -> str:
        action, *source = rest.split()
        if action not in LOAD_ACTIONS or not source:
            raise syntax_error(action)
        if source[0] == "terminal":
            text = await self._until_end()
        else:
            try:
                text = self._router.files.real(source[0], self._session.user).read_text("utf-8", "replace")
            except OSError:
                raise failure(f"could not open file: {source[0]}: No such file or directory") from None
        fmt = "set" if action == "set" else "xml" if text.lstrip().startswith("<") else "text"
        await self._load_text(text, fmt, action)
        return "load complete\n"

    async def _until_end(self) -> str:
        self._terminal.write("[Type ^D at a new line to end input]\n")
        lines = []
        while (line := await self._terminal.read_line()) is not None:
            lines.append(line)
        return "\n".join(lines) + "\n"

    async def _save(self, rest: str) -> str:
        if not rest:
            raise syntax_error("save")
        text = await self._router.work(config.to_text, await self._candidate())
        self._router.files.real(rest, self._session.user).write_text(text)
        return f"Wrote {len(text.splitlines())} lines of configuration to '{rest}'\n"

    async def _status(self, rest: str) -> str:
        return f"Users currently editing the configuration:\n  {self._session.user} (pid {self._session.pid})\n"

    async def _commit(self, rest: str) -> str:
        words = pipes.words(rest)
        check = confirmed = leave = False
        minutes, log = DEFAULT_MINUTES, None
        while words:
            word = words.pop(0)
            check |= word == "check"
            confirmed |= word == "confirmed"
            leave |= word == "and-quit"
            if word == "confirmed" and words and words[0].isdigit():
                minutes = confirm_minutes(words.pop(0), 65535)
            elif word == "comment" and words:
                log = words.pop(0)
            elif word not in ("check", "confirmed", "and-quit", "synchronize"):
                raise syntax_error(word)
        variant = "check" if check else "confirmed" if confirmed else "plain"
        result: CommitResult = await gate.execute(
            self._router, self._session, "commit-configuration", variant,
            lambda: self._router.commit(self._session, check=check, confirmed_minutes=minutes if confirmed else None,
                                        log=log),
        )  # fmt: skip
        if not result.ok:
            raise RpcFailure(*config_errors(result.errors))
        text = "".join(f"{line}\n" for line in result.output)
        text += "configuration check succeeds\n" if check else "commit complete\n"
        return text + (await self._exit("configuration-mode") if leave else "")

    async def _exit(self, rest: str) -> str:
        if rest not in ("", "configuration-mode"):
            raise syntax_error(rest.split()[0])
        if self._path and rest != "configuration-mode":
            self._path = ()
            return ""
        if self._changed() and not await self._leaves_changes():
            return ""
        if self._mode == "exclusive":
            await self._router.quick(self._router.store.unlock, self._session.handle)
        elif self._mode == "private":
            await self._router.quick(self._router.store.close_private, self._session.handle)
        self.left = True
        return "Exiting configuration mode\n"

    def _changed(self) -> bool:
        """Whether there is something that nobody committed."""
        handle = self._session.handle
        return handle.private != handle.private_base if self._mode == "private" else self._router.store.dirty

    async def _leaves_changes(self) -> bool:
        """Say that there are changes and, on a terminal, ask what to do: shared ones stay, others are lost."""
        question = "Exit with uncommitted changes" if self._mode == "shared" else "Discard uncommitted changes"
        self._terminal.write("The configuration has been changed but not committed\n")
        if self._mode != "shared":
            self._terminal.write(f"warning: Auto rollback on exiting 'configure {self._mode}'\n")
        if not self._terminal.pty:
            return True
        answer = await self._terminal.read_line(f"{question}? [yes,no] (yes) ")
        return answer is None or answer.strip().lower() in ("", "y", "yes")


def _quote(word: str) -> str:
    """A word of the path as a set line needs it."""
    return f'"{word}"' if " " in word or not word else word
