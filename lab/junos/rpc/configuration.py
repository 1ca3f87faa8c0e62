"""RPCs on the candidate: lock, private copies, load, get and compare."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from lxml import etree

from lab.junos import config
from lab.junos.config import ConfigError, Tree
from lab.junos.rpc.registry import Call, handles
from lab.junos.rpc.reply import JUNOS_NS, Part, RpcFailure, element, failure, rpc_error, syntax_error
from lab.junos.store import StoreError
from lab.junos.store.model import utc

CONTENT_TAGS = {
    "configuration-text": "text",
    "configuration-set": "set",
    "configuration-patch": "patch",
    "configuration-json": "json",
    "configuration": "xml",
}
FORMATS = ("text", "set", "xml", "json")
ACTIONS = ("merge", "replace", "override", "overwrite", "update", "set", "patch")
LOAD_ATTRIBUTES = ("action", "format", "url", "rollback", "compare", "rescue")
GET_ATTRIBUTES = {
    "format": ("xml", "text", "set", "json"),
    "database": ("candidate", "committed"),
    "inherit": ("inherit",),
    "groups": ("groups",),
    "commit-scripts": ("apply", "apply-no-transients"),
    "changed": ("changed",),
    "compare": ("rollback",),
    "rollback": None,
    "use-fast-diff": ("yes", "no"),
}
"""Attributes of `get-configuration` and their values. No commit scripts run here: with them applied, it is the same."""


def store_errors(error: StoreError) -> list[etree._Element]:
    """The `rpc-error`s for a refusal of the datastore."""
    return [rpc_error(str(error))]


def config_errors(errors: Iterable[ConfigError], tag: str | None = None) -> list[etree._Element]:
    """The `rpc-error`s for what the configuration engine found, in its order."""
    return [rpc_error(e.message, severity=e.severity, bad_element=e.bad_element, path=e.path, tag=tag) for e in errors]


FILTER_WORDS = ("matching", "recurse", "count", "start")
"""Attributes inside a filter with which a router shows a part of the objects. They are not modelled."""


def only_names(wanted: etree._Element | None) -> None:
    """Refuse what a filter asks for beyond the names and values of its elements."""
    for node in wanted.iter("*") if wanted is not None else ():
        word = next((word for word in FILTER_WORDS if node.get(word) is not None), None)
        if word is not None:
            raise syntax_error(word)


def only_attributes(rpc: etree._Element, known: Iterable[str]) -> None:
    """Refuse an attribute that would change what the request means and is not modelled."""
    unknown = next((name for name in map(str, rpc.attrib) if name not in known), None)
    if unknown is not None:
        raise syntax_error(etree.QName(unknown).localname)


@handles("lock-configuration")
async def lock(call: Call) -> list[Part]:
    """Take the exclusive lock."""
    await call.router.quick(call.router.store.lock, call.session.handle)
    return []


@handles("unlock-configuration")
async def unlock(call: Call) -> list[Part]:
    """Give the lock back; uncommitted changes are discarded."""
    await call.router.quick(call.router.store.unlock, call.session.handle)
    return []


@handles("open-configuration")
async def open_configuration(call: Call) -> list[Part]:
    """Open a private copy; a router warns that it is discarded on exit."""
    if not call.has("private"):
        mode = next((str(child.tag) for child in call.rpc), "open-configuration")
        raise syntax_error(mode)
    await call.router.work(call.router.store.open_private, call.session.handle)
    call.session.private = True
    return [rpc_error("uncommitted changes will be discarded on exit", severity="warning")]


@handles("close-configuration")
async def close_configuration(call: Call) -> list[Part]:
    """Close a private copy."""
    await call.router.quick(call.router.store.close_private, call.session.handle)
    call.session.private = False
    return []


@handles("load-configuration")
async def load_configuration(call: Call) -> list[Part]:
    """Load text, set, XML, JSON, a patch, a file, a rollback or the rescue configuration into the candidate."""
    store, handle, rpc = call.router.store, call.session.handle, call.rpc
    only_attributes(rpc, LOAD_ATTRIBUTES)
    if rpc.get("rescue") is not None:
        await call.router.work(store.load_rescue, handle)
    elif rpc.get("rollback") is not None:
        await call.router.work(store.load_rollback, handle, rollback_number(rpc.get("rollback")))
    else:
        source, fmt, action = _load_arguments(call)
        report = await call.router.work(store.load, handle, source, fmt, action)
        results = element("load-configuration-results", *config_errors(report.errors))
        if not report.ok:
            raise RpcFailure(results)
        results.append(element("ok"))
        return [results]
    return [element("load-configuration-results", element("ok"))]


def rollback_number(text: str | None) -> int:
    """Read a rollback number; raises RpcFailure unless it is 0 to 49."""
    if text is None or not text.strip().isdigit() or int(text) > 49:
        raise failure(f"invalid value: rollback number {text!r} is not in 0..49", bad_element=text)
    return int(text)


def _load_arguments(call: Call) -> tuple[Any, str, str]:
    """What to load, in which format, and how."""
    rpc = call.rpc
    action = rpc.get("action", "merge")
    if action not in ACTIONS:
        raise syntax_error(action)
    action = "override" if action == "overwrite" else action
    if rpc.get("url") is not None:
        if len(rpc):
            raise syntax_error(str(rpc[0].tag))
        return _of_file(call, str(rpc.get("url")), rpc.get("format", "xml"), action)
    if not len(rpc) or rpc[0].tag not in CONTENT_TAGS:
        raise syntax_error("load-configuration")
    if len(rpc) > 1:
        raise syntax_error(str(rpc[1].tag))
    return _of_stream(rpc[0], rpc.get("format"), action, given=rpc.get("action") is not None)


def _of_file(call: Call, url: str, fmt: str, action: str) -> tuple[Any, str, str]:
    """The content of a file: XML unless `format` says otherwise."""
    if fmt not in FORMATS:
        raise syntax_error(fmt)
    text = read_url(call, url)
    return (text, "set", "set") if "set" in (fmt, action) else (text, fmt, action)


def _of_stream(content: etree._Element, fmt: str | None, action: str, *, given: bool) -> tuple[Any, str, str]:
    """Configuration inside the request: the element says its format, and `format` and `action` must go with it."""
    found = CONTENT_TAGS[str(content.tag)]
    if fmt is not None and fmt != found and (found not in ("set", "patch") or fmt != "text"):
        raise syntax_error(fmt)
    if found in ("set", "patch") and given and action != found:
        raise syntax_error(action)
    if action in ("set", "patch") and action != found:
        raise syntax_error(str(content.tag))
    if found != "xml" and len(content):
        raise syntax_error(str(content[0].tag))
    if found in ("set", "patch"):
        return content.text or "", "set" if found == "set" else "text", found
    return content if found == "xml" else content.text or "", found, action


def read_url(call: Call, url: str) -> str:
    """Read a file of the router; other schemes are refused, the emulator has no way out."""
    path = url.removeprefix("file://")
    if "://" in path:
        raise failure(f"{url}: only files of the router can be loaded here", bad_element=url)
    try:
        return call.router.files.real(path, call.session.user).read_text("utf-8", "replace")
    except OSError:
        raise failure(f"could not open file: {path}: No such file or directory", bad_element=url) from None


@handles("get-configuration")
async def get_configuration(call: Call) -> list[Part]:
    """The candidate or the running configuration, filtered, in one of four formats; or a comparison."""
    rpc = call.rpc
    _check_attributes(rpc)
    wanted = rpc.find("configuration")
    stranger = next((child for child in rpc if child is not wanted), None)
    if stranger is not None:
        raise syntax_error(str(stranger.tag))
    only_names(wanted)
    database = rpc.get("database", "candidate")
    tree = await source_tree(call, database)
    if rpc.get("compare") is not None:
        return [await _compare(call, tree, wanted)]
    fmt = rpc.get("format", "xml")
    inherit = rpc.get("inherit") is not None
    shown = partial(render, fmt=fmt, wanted=wanted, inherit=inherit, origins=rpc.get("groups") is not None)
    result = await call.router.work(shown, tree, stamps=stamps(call, database))
    if rpc.get("changed") is not None:
        before = await call.router.work(shown, await _before(call, database))
        if mark_changed(result, before):
            result.set(f"{{{JUNOS_NS}}}changed", "changed")
    if fmt == "text" and wanted is None:
        result.text = f"\n{heading(call, database)}{(result.text or '').lstrip()}"
    return [result]


def _check_attributes(rpc: etree._Element) -> None:
    """Refuse attributes and values that are not modelled, and those that mean nothing beside each other."""
    only_attributes(rpc, GET_ATTRIBUTES)
    for name, values in GET_ATTRIBUTES.items():
        given = rpc.get(name)
        if values is not None and given is not None and given not in values:
            raise syntax_error(given)
    if rpc.get("compare") is None and rpc.get("rollback") is not None:
        raise syntax_error("rollback")
    if rpc.get("changed") is not None and rpc.get("format", "xml") != "xml":
        raise failure("change indicators are only supported in XML format", bad_element="changed")


async def source_tree(call: Call, database: str) -> Tree:
    """The committed configuration, or the candidate as the session sees it."""
    store = call.router.store
    if database == "committed":
        return store.running()
    return await call.router.quick(store.candidate, call.session.handle)


async def _before(call: Call, database: str) -> Tree:
    """What `changed` compares with: running for the candidate, rollback 1 for what is committed."""
    store = call.router.store
    if database == "committed" and len(store.history()) > 1:
        return await call.router.work(store.rollback_tree, 1)
    return store.running()


def render(
    tree: Tree,
    fmt: str,
    wanted: etree._Element | None,
    *,
    inherit: bool = False,
    origins: bool = False,
    stamps: Mapping[str, str] | None = None,
) -> Any:
    """A configuration, cut down to the filter, as the child of a reply.

    `inherit` expands the groups, and `origins` says at every statement which group gave it. `stamps` are the `junos:`
    attributes that XML and JSON carry, without the prefix.
    """
    stamps = stamps or {}
    if inherit:
        tree = config.expand(tree, origins=origins)
    if wanted is not None and len(wanted):
        tree = config.filter_tree(tree, wanted)
    if fmt == "xml":
        root: etree._Element = config.to_xml(tree)
        for name, value in stamps.items():
            root.set(f"{{{JUNOS_NS}}}{name}", value)
        return root
    if fmt == "json":
        return config.to_json(tree, attributes={f"junos:{name}": value for name, value in stamps.items()})
    if fmt == "set":
        return element("configuration-set", text="\n" + config.to_set(tree))
    return element("configuration-text", text="\n" + config.to_text(tree))


def _last(call: Call, database: str) -> tuple[str, float, str | None]:
    """What a configuration's stamps say: `commit`, when and by whom; or `changed` and when."""
    history = call.router.store.history()
    if database == "committed" and history:
        return "commit", history[0].time, history[0].user
    return "changed", time.time(), None


def stamps(call: Call, database: str) -> dict[str, str]:
    """When and by whom this was committed, or when the candidate was read."""
    kind, seconds, user = _last(call, database)
    found = {f"{kind}-seconds": str(int(seconds)), f"{kind}-localtime": utc(seconds)}
    return found if user is None else {**found, f"{kind}-user": user}


def mark_changed(new: etree._Element, old: etree._Element | None) -> bool:
    """Put `junos:changed` on every element below `new` that is not in `old` just so, down to what changed.

    Whether there was one. What was deleted leaves its mark on the level that it was in.
    """
    before = {} if old is None else {_identity(child): child for child in old}
    found = any(identity not in {_identity(child) for child in new} for identity in before)
    for child in new:
        was = before.get(_identity(child))
        if was is None or etree.tostring(was) != etree.tostring(child):
            mark_changed(child, was)
            child.set(f"{{{JUNOS_NS}}}changed", "changed")
            found = True
    return found


def _identity(child: etree._Element) -> tuple[str, ...]:
    """What tells an element from its siblings: an entry's name, a leaf's value."""
    return str(child.tag), (child.findtext("name") or "") if len(child) else (child.text or "")


def heading(call: Call, database: str) -> str:
    """The remark above a whole configuration in text."""
    kind, seconds, user = _last(call, database)
    return f"## Last {kind}: {utc(seconds)}{f' by {user}' if user else ''}\n"


async def _compare(call: Call, tree: Tree, wanted: etree._Element | None) -> etree._Element:
    """`show | compare`: exactly one newline when there is no difference."""
    rpc = call.rpc
    if rpc.get("format", "text") != "text":
        raise failure("comparison is only supported in text format", bad_element=rpc.get("format"))
    if wanted is not None and len(wanted):
        raise failure("comparison of a part of the configuration is not supported", bad_element=str(wanted[0].tag))
    older = await call.router.quick(call.router.store.rollback_tree, rollback_number(rpc.get("rollback", "0")))
    text = await call.router.work(config.compare, older, tree)
    return information(f"\n{text.rstrip()}\n" if text.strip() else "\n")


def information(text: str) -> etree._Element:
    """`configuration-information`: how a router wraps configuration text."""
    return element("configuration-information", element("configuration-output", text=text))
