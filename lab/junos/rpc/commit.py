"""commit-configuration: check, commit, commit confirmed."""

from __future__ import annotations

from lxml import etree

from lab.junos.rpc.configuration import config_errors, only_attributes
from lab.junos.rpc.registry import Call, handles
from lab.junos.rpc.reply import Part, RpcFailure, element, failure, rpc_error
from lab.junos.store import CommitResult

DEFAULT_MINUTES = 10
KNOWN = [
    "check",
    "log",
    "confirmed",
    "confirm-timeout",
    "synchronize",
    "force-synchronize",
    "no-synchronize",
    "full",
    "and-quit",
]


@handles("commit-configuration")
async def commit_configuration(call: Call) -> list[Part]:
    """Commit the candidate; `detail`, `full` and `synchronize` are accepted, there is one routing engine."""
    unknown = next((str(child.tag) for child in call.rpc if child.tag not in KNOWN), None)
    if unknown is not None:
        raise failure("syntax error", bad_element=unknown)
    only_attributes(call.rpc, ("detail",))
    check = call.has("check")
    if check and call.has("confirmed"):
        raise failure("syntax error", bad_element="confirmed")
    minutes = confirm_minutes(call.text("confirm-timeout"), 65535) if call.has("confirmed") else None
    if call.has("confirm-timeout") and minutes is None:
        raise failure("syntax error", bad_element="confirm-timeout")
    return await run_commit(call, check=check, minutes=minutes, log=call.text("log"))


def confirm_minutes(text: str | None, highest: int) -> int:
    """Read a confirm time-out; raises RpcFailure unless it is a number from 1 to `highest`."""
    if text is None or text == "":
        return DEFAULT_MINUTES
    if not text.isdigit() or not 1 <= int(text) <= highest:
        raise failure(f"Value {text} is not within range (1..{highest})", bad_element="confirm-timeout")
    return int(text)


async def run_commit(call: Call, *, check: bool, minutes: int | None, log: str | None) -> list[Part]:
    """Commit and build the reply; raises RpcFailure with `commit-results` that hold the errors."""
    private = call.session.handle.private is not None
    result = await call.router.commit(
        call.session, check=check, confirmed_minutes=minutes, log=log, sync=call.has("synchronize")
    )
    if not result.ok:
        raise RpcFailure(element("commit-results", *config_errors(result.errors, "operation-failed")))
    return commit_reply(result, check=check, private=private)


def commit_reply(result: CommitResult, *, check: bool, private: bool = False) -> list[Part]:
    """`commit-results`. With warnings a router also sends `<ok/>`, and then no routing-engine: clients hide them.

    A private copy with changes is merged into the configuration first, and `load-success` says so.
    """
    results = etree.Element("commit-results")
    if private and not result.empty and not check:
        results.append(element("load-success"))
    warnings = config_errors(result.errors, "operation-failed")
    for line in result.output:
        results.append(element("output", text=line))
    if warnings:
        results.extend(warnings)
        return [results, element("ok")]
    if result.empty and not check:
        return [results]
    mark = "commit-check-success" if check else "commit-success"
    results.append(element("routing-engine", element("name", text="re0"), element(mark)))
    return [results]


def not_supported(what: str) -> RpcFailure:
    """An operation of the standard that this emulator does not play."""
    return RpcFailure(rpc_error(f"{what} is not supported", tag="operation-not-supported"))
