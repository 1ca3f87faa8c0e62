"""The operations of the NETCONF standard (RFC 6241), on the same datastore as Junos's own RPCs."""

from __future__ import annotations

from lxml import etree

from lab.junos.rpc.commit import DEFAULT_MINUTES, not_supported, run_commit
from lab.junos.rpc.configuration import config_errors, render
from lab.junos.rpc.registry import Call, SessionEnd, handles
from lab.junos.rpc.reply import Part, RpcFailure, element, failure, rpc_error, syntax_error

ACTIONS = {"merge": "merge", "replace": "override", "none": "merge"}
"""`default-operation` -> how the configuration is loaded: "replace" puts it in the place of all that there was."""
EDIT_PARTS = ("target", "default-operation", "error-option", "test-option", "config", "config-text")


def ok() -> list[Part]:
    """The standard's way to say that it worked."""
    return [element("ok")]


def target(call: Call, name: str = "target") -> str:
    """Which datastore an operation names: `candidate` or `running`."""
    holder = call.rpc.find(name)
    if holder is None or not len(holder):
        raise RpcFailure(rpc_error(f"missing element: {name}", tag="missing-element", bad_element=name))
    found = str(holder[0].tag)
    if found not in ("candidate", "running"):
        raise RpcFailure(rpc_error(f"{found} is not supported", tag="operation-not-supported", bad_element=found))
    return found


def candidate_only(call: Call) -> None:
    """Refuse an operation that would write the running configuration directly."""
    if target(call) != "candidate":
        raise not_supported("writing the running configuration")


@handles("lock")
async def lock(call: Call) -> list[Part]:
    """Lock the candidate; locking `running` is the same lock on a router, and refused here."""
    candidate_only(call)
    await call.router.quick(call.router.store.lock, call.session.handle)
    return ok()


@handles("unlock")
async def unlock(call: Call) -> list[Part]:
    """Give the lock back."""
    candidate_only(call)
    await call.router.quick(call.router.store.unlock, call.session.handle)
    return ok()


@handles("discard-changes")
async def discard_changes(call: Call) -> list[Part]:
    """Make the candidate equal to the running configuration."""
    await call.router.quick(call.router.store.discard, call.session.handle)
    return ok()


@handles("validate")
async def validate(call: Call) -> list[Part]:
    """A commit check of the candidate (which also confirms a pending commit, as on a router)."""
    if target(call, "source") == "candidate":
        await run_commit(call, check=True, minutes=None, log=None)
    return ok()


@handles("commit")
async def commit(call: Call) -> list[Part]:
    """Commit; here `confirm-timeout` is in seconds (the datastore counts minutes: rounded up)."""
    if any(child.tag not in ("confirmed", "confirm-timeout", "log", "synchronize") for child in call.rpc):
        raise not_supported("this form of commit")
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
    store = call.router.store
    running = target(call, "source") == "running"
    tree = store.running() if running else await call.router.quick(store.candidate, call.session.handle)
    condition = call.rpc.find("filter")
    if condition is not None and condition.get("type", "subtree") != "subtree":
        raise not_supported("an xpath filter")
    wanted = condition.find("configuration") if condition is not None else None
    part = await call.router.work(render, tree, "xml", wanted)
    assert isinstance(part, etree._Element)
    part.set("xmlns", "http://xml.juniper.net/xnm/1.1/xnm")
    return [element("data", part)]


@handles("edit-config")
async def edit_config(call: Call) -> list[Part]:
    """Load XML or text into the candidate; what is right of it stays, as with `load-configuration`."""
    candidate_only(call)
    unknown = next((str(child.tag) for child in call.rpc if child.tag not in EDIT_PARTS), None)
    if unknown is not None:
        raise syntax_error(unknown)
    if call.text("error-option") == "rollback-on-error":
        raise not_supported("rollback-on-error")
    action = (call.text("default-operation") or "merge").lower()
    if action not in ACTIONS:
        raise syntax_error(action)
    holder = call.rpc.find("config")
    content = call.rpc.find("config-text/configuration-text") if holder is None else holder.find("configuration")
    if content is None:
        raise RpcFailure(rpc_error("missing element: config", tag="missing-element", bad_element="config"))
    fmt = "xml" if content.tag == "configuration" else "text"
    source = content if fmt == "xml" else content.text or ""
    if action == "none" and not (fmt == "xml" and _only_operations(content)):
        raise not_supported("default-operation none for statements without an operation")
    handle = call.session.handle
    report = await call.router.work(call.router.store.load, handle, source, fmt, ACTIONS[action])
    if not report.ok:
        raise RpcFailure(*config_errors(report.errors, "operation-failed"))
    return [*config_errors(report.errors, "operation-failed"), *ok()]


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
    """Replace the candidate by a given configuration."""
    candidate_only(call)
    content = call.rpc.find("source/config/configuration")
    if content is None:
        raise not_supported("this source of copy-config")
    report = await call.router.work(call.router.store.load, call.session.handle, content, "xml", "override")
    if not report.ok:
        raise RpcFailure(*config_errors(report.errors, "operation-failed"))
    return ok()


@handles("delete-config", "get", "get-schema", "create-subscription", "cancel-commit")
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
    text = call.text("session-id") or ""
    if not text.isdigit() or int(text) == call.session.pid:
        raise RpcFailure(
            rpc_error("kill-session: invalid session-id", tag="invalid-value", bad_element=text or "session-id")
        )
    if not await call.router.kill_session(int(text)):
        raise RpcFailure(rpc_error(f"kill-session: no session with id {text}", tag="invalid-value", bad_element=text))
    return ok()
