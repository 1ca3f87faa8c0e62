"""The operations of the NETCONF standard (RFC 6241), on the same datastore as Junos's own RPCs."""

from __future__ import annotations

from lxml import etree

from lab.junos.rpc.commit import DEFAULT_MINUTES, not_supported, run_commit
from lab.junos.rpc.configuration import (
    config_errors,
    only_attributes,
    only_names,
    read_url,
    render,
    source_tree,
    stamps,
)
from lab.junos.rpc.registry import Call, SessionEnd, handles
from lab.junos.rpc.reply import CONFIG_NS, JUNOS_NS, Part, RpcFailure, element, failure, rpc_error, syntax_error
from lab.junos.store.model import utc

ACTIONS = {"merge": "merge", "replace": "override", "none": "merge"}
"""`default-operation` -> how the configuration is loaded: "replace" puts it in the place of all that there was."""
EDIT_SOURCES = ("config", "config-text", "url")
EDIT_PARTS = ("target", "default-operation", "error-option", "test-option", *EDIT_SOURCES)
ERROR_OPTIONS = ("stop-on-error", "ignore-error", "continue-on-error")
TEST_OPTIONS = ("set", "test-then-set")
"""Whichever is given, a router's `edit-config` checks the syntax only; the rest is for `validate` and `commit`."""


def ok() -> list[Part]:
    """The standard's way to say that it worked."""
    return [element("ok")]


def only(call: Call, *known: str) -> None:
    """Refuse a part of an operation that would change what it means and is not modelled."""
    unknown = next((str(child.tag) for child in call.rpc if child.tag not in known), None)
    if unknown is not None:
        raise syntax_error(unknown)


def target(call: Call, name: str = "target") -> str:
    """Which datastore an operation names: `candidate` or `running`."""
    holder = call.rpc.find(name)
    if holder is None or not len(holder):
        raise RpcFailure(rpc_error(f"missing element: {name}", tag="missing-element", bad_element=name))
    if len(holder) > 1:
        raise syntax_error(str(holder[1].tag))
    found = str(holder[0].tag)
    if found not in ("candidate", "running"):
        raise RpcFailure(rpc_error(f"{found} is not supported", tag="operation-not-supported", bad_element=found))
    return found


def candidate_only(call: Call, what: str = "writing") -> None:
    """Refuse an operation that would write (or lock) the running configuration directly."""
    if target(call) != "candidate":
        raise not_supported(f"{what} the running configuration")


@handles("lock")
async def lock(call: Call) -> list[Part]:
    """Lock the candidate; locking `running` is the same lock on a router, and refused here."""
    only(call, "target")
    candidate_only(call, "locking")
    await call.router.quick(call.router.store.lock, call.session.handle)
    return ok()


@handles("unlock")
async def unlock(call: Call) -> list[Part]:
    """Give the lock back."""
    only(call, "target")
    candidate_only(call, "unlocking")
    await call.router.quick(call.router.store.unlock, call.session.handle)
    return ok()


@handles("discard-changes")
async def discard_changes(call: Call) -> list[Part]:
    """Make the candidate equal to the running configuration."""
    only(call)
    await call.router.quick(call.router.store.discard, call.session.handle)
    return ok()


@handles("validate")
async def validate(call: Call) -> list[Part]:
    """A commit check of the candidate (which also confirms a pending commit, as on a router)."""
    only(call, "source")
    if target(call, "source") != "candidate":
        raise not_supported("validating the running configuration")
    await run_commit(call, check=True, minutes=None, log=None)
    return ok()


@handles("commit")
async def commit(call: Call) -> list[Part]:
    """Commit; here `confirm-timeout` is in seconds (the datastore counts minutes: rounded up)."""
    if any(child.tag not in ("confirmed", "confirm-timeout", "log", "synchronize") for child in call.rpc):
        raise not_supported("this form of commit")
    if call.has("confirm-timeout") and not call.has("confirmed"):
        raise syntax_error("confirm-timeout")
    minutes = None
    if call.has("confirmed"):
        seconds = call.text("confirm-timeout")
        if seconds is not None and not (seconds.isdigit() and int(seconds) > 0):
            raise failure("Value is not within range", bad_element="confirm-timeout")
        minutes = -(-int(seconds) // 60) if seconds else DEFAULT_MINUTES
    await run_commit(call, check=False, minutes=minutes, log=call.text("log"))
    return ok()


@handles("get-config")
async def get_config(call: Call) -> list[Part]:
    """The candidate or the running configuration below `data`; subtree filters only."""
    only(call, "source", "filter")
    only_attributes(call.rpc, ())
    return [element("data", await _data(call, "committed" if target(call, "source") == "running" else "candidate"))]


@handles("get")
async def get(call: Call) -> list[Part]:
    """The committed configuration, and who edits it: what a router has beside it."""
    only(call, "filter")
    only_attributes(call.rpc, ())
    return [element("data", await _data(call, "committed"), editors(call))]


async def _data(call: Call, database: str) -> etree._Element:
    tree = await source_tree(call, database)
    shown = await call.router.work(render, tree, "xml", subtree(call), stamps=stamps(call, database))
    assert isinstance(shown, etree._Element)
    shown.set("xmlns", CONFIG_NS)
    return shown


def editors(call: Call) -> etree._Element:
    """`database-status-information`: the sessions that hold the lock or a private copy."""
    status = call.router.store.status()
    holder = status["lock"]["pid"] if status["lock"] else None
    root = element("database-status-information")
    for session in call.router.sessions.values():
        if session.pid != holder and session.pid not in status["private"]:
            continue
        start = element("start-time", text=utc(session.handle.since))
        start.set(f"{{{JUNOS_NS}}}seconds", str(int(session.handle.since)))
        entry = element("database-status", element("user", text=session.user), element("pid", text=str(session.pid)))
        entry.append(start)
        if session.pid == holder:
            entry.append(element("exclusive"))
        entry.append(element("edit-path", text="[edit]"))
        root.append(entry)
    return root


def subtree(call: Call) -> etree._Element | None:
    """The `configuration` of a subtree filter; None when everything is wanted."""
    condition = call.rpc.find("filter")
    if condition is None:
        return None
    kind = next((value for name, value in condition.items() if etree.QName(name).localname == "type"), "subtree")
    if kind != "subtree":
        raise not_supported("an xpath filter" if kind == "xpath" else "this type of filter")
    wanted = condition.find("configuration")
    stranger = next((child for child in condition if child is not wanted), None)
    if stranger is not None:
        raise not_supported(f"a filter for {etree.QName(stranger).localname}")
    if wanted is None:
        raise not_supported("a filter that selects nothing")
    only_names(wanted)
    return wanted


@handles("edit-config")
async def edit_config(call: Call) -> list[Part]:
    """Load XML or text into the candidate, as far as the first error: `ignore-error` goes on after it."""
    candidate_only(call)
    only(call, *EDIT_PARTS)
    _option(call, "test-option", TEST_OPTIONS)
    stop = _option(call, "error-option", ERROR_OPTIONS) == "stop-on-error"
    action = _option(call, "default-operation", tuple(ACTIONS))
    source, fmt = edit_content(call)
    if action == "none" and (isinstance(source, str) or not _only_operations(source)):
        raise not_supported("default-operation none for statements without an operation")
    handle = call.session.handle
    report = await call.router.work(call.router.store.load, handle, source, fmt, ACTIONS[action], stop=stop)
    if not report.ok:
        raise RpcFailure(*config_errors(report.errors, "operation-failed"))
    return [*config_errors(report.errors, "operation-failed"), *ok()]


def _option(call: Call, name: str, values: tuple[str, ...]) -> str:
    """One of the options of `edit-config`; the first value is what it is when it is not given."""
    given = (call.text(name) or values[0]).lower()
    if given == "rollback-on-error":
        raise not_supported("rollback-on-error")
    if given not in values:
        raise syntax_error(given)
    return given


def edit_content(call: Call) -> tuple[etree._Element | str, str]:
    """What is to be loaded, and its format: of `config`, `config-text` or a file of the router."""
    given = [child for child in call.rpc if child.tag in EDIT_SOURCES]
    if not given:
        raise RpcFailure(rpc_error("missing element: config", tag="missing-element", bad_element="config"))
    if len(given) > 1:
        raise syntax_error(str(given[1].tag))
    holder = given[0]
    if holder.tag == "url":
        return _file(call, holder)
    name, fmt = ("configuration", "xml") if holder.tag == "config" else ("configuration-text", "text")
    content = holder.find(name)
    stranger = next((child for child in holder if child is not content), None)
    if stranger is not None:
        raise syntax_error(str(stranger.tag))
    if content is None:
        raise RpcFailure(rpc_error(f"missing element: {name}", tag="missing-element", bad_element=name))
    return (content, fmt) if fmt == "xml" else (content.text or "", fmt)


def _file(call: Call, url: etree._Element) -> tuple[str, str]:
    """A file of the router; XML unless `format` says that it is text."""
    fmt = url.get("format", "xml")
    if fmt not in ("xml", "text"):
        raise syntax_error(fmt)
    return read_url(call, (url.text or "").strip()), fmt


def _only_operations(level: etree._Element) -> bool:
    """Whether everything below, the names of entries aside, says itself what is to be done with it."""
    return all(
        any(etree.QName(str(name)).localname in ("operation", "delete") for name in child.attrib)
        or child.tag == "name"
        or (len(child) > 0 and _only_operations(child))
        for child in level
    )


@handles("copy-config")
async def copy_config(call: Call) -> list[Part]:
    """Replace the candidate by what is running, a given configuration or a file."""
    only(call, "target", "source")
    candidate_only(call)
    source = call.rpc.find("source")
    if source is None or len(source) != 1:
        raise RpcFailure(rpc_error("missing element: source", tag="missing-element", bad_element="source"))
    if source[0].tag == "running":
        await call.router.quick(call.router.store.discard, call.session.handle)
        return ok()
    if source[0].tag not in EDIT_SOURCES:
        raise not_supported("this source of copy-config")
    content, fmt = edit_content(Call(call.router, call.session, source))
    report = await call.router.work(call.router.store.load, call.session.handle, content, fmt, "override", stop=True)
    if not report.ok:
        raise RpcFailure(*config_errors(report.errors, "operation-failed"))
    return ok()


@handles("delete-config")
async def delete_config(call: Call) -> list[Part]:
    """Empty the candidate."""
    only(call, "target")
    candidate_only(call)
    await call.router.work(call.router.store.load, call.session.handle, "", "text", "override")
    return ok()


@handles("get-schema", "create-subscription", "cancel-commit")
async def refused(call: Call) -> list[Part]:
    """Operations that exist on a router but are not modelled."""
    raise not_supported(str(call.rpc.tag))


@handles("close-session", "request-end-session")
async def close_session(call: Call) -> list[Part]:
    """Say goodbye: the session, its lock and its uncommitted changes end."""
    raise SessionEnd(ok() if call.rpc.tag == "close-session" else [element("end-session")])


@handles("kill-session")
async def kill_session(call: Call) -> list[Part]:
    """End another session; a pending confirmed commit that it owns is reverted at once."""
    only(call, "session-id")
    text = call.text("session-id") or ""
    wrong = None
    if not text.isdigit() or int(text) == call.session.pid:
        wrong = "kill-session: invalid session-id"
    elif not await call.router.kill_session(int(text)):
        wrong = f"kill-session: no session with id {text}"
    if wrong is not None:
        bad = text or "session-id"
        raise RpcFailure(rpc_error(wrong, kind="application", tag="invalid-value", bad_element=bad))
    return ok()
