"""Commit history, rollbacks and the rescue configuration."""

from __future__ import annotations

from lxml import etree

from lab.junos import config
from lab.junos.router import Router
from lab.junos.rpc.configuration import information, rollback_number
from lab.junos.rpc.registry import Call, handles
from lab.junos.rpc.reply import CONFIG_NS, JUNOS_NS, Part, element, failure, syntax_error
from lab.junos.store import HistoryEntry
from lab.junos.store.model import utc


def commit_information(router: Router) -> etree._Element:
    """`commit-information`: one `commit-history` per commit, the newest first."""
    root = element("commit-information")
    for number, entry in enumerate(router.store.history()):
        item = element("commit-history", element("sequence-number", text=str(number)), *_origin(entry))
        if entry.comment:
            item.append(element("comment", text=entry.comment))
        if entry.log:
            item.append(element("log", text=entry.log))
        if entry.pending:
            item.append(element("commit-confirmed", text="rollback pending"))
        root.append(item)
    return root


@handles("get-commit-information")
async def get_commit_information(call: Call) -> list[Part]:
    """`show system commit`."""
    return [await call.router.quick(commit_information, call.router)]


def _origin(entry: HistoryEntry) -> list[etree._Element]:
    """Who committed, how and when."""
    when = element("date-time", text=utc(entry.time))
    when.set(f"{{{JUNOS_NS}}}seconds", str(int(entry.time)))
    return [element("user", text=entry.user), element("client", text=entry.client), when]


def commit_revision(router: Router, *, detail: bool) -> etree._Element:
    """`commit-revision-information`: what runs; in detail also who committed it, when and as what."""
    found = element("commit-revision-information", element("revision", text=router.store.revision()))
    if detail:
        newest = router.store.history()[0]
        found.extend(_origin(newest))
        if newest.comment:
            found.append(element("comment", text=newest.comment))
    return found


@handles("get-commit-revision-information")
async def get_commit_revision(call: Call) -> list[Part]:
    """`show system commit revision [detail]`."""
    for child in call.rpc:
        if child.tag not in ("level", "detail", "brief") or (child.text or "").strip() not in ("", "detail", "brief"):
            raise syntax_error(str(child.tag))
    return [commit_revision(call.router, detail=call.has("detail") or call.text("level") == "detail")]


@handles("get-rollback-information", "get-checkpoint-information")
async def get_rollback_information(call: Call) -> list[Part]:
    """`show system rollback N [compare M]`: XML unless told otherwise, with the `<ok/>` that a router puts first.

    With `compare`, M is the base: what N has more than M are the `+` lines.
    """
    unknown = next((str(child.tag) for child in call.rpc if child.tag not in ("rollback", "compare", "format")), None)
    fmt = call.text("format") or "xml"
    if unknown is not None or fmt not in ("xml", "text", "set"):
        raise syntax_error(unknown or fmt)
    store = call.router.store
    number = rollback_number(call.text("rollback") or "0")
    tree = await call.router.quick(store.rollback_tree, number)
    found = element("rollback-information", element("ok"))
    if call.has("compare"):
        other = await call.router.quick(store.rollback_tree, rollback_number(call.text("compare")))
        found.append(information("\n" + await call.router.work(config.compare, other, tree)))
    elif fmt == "xml":
        found.append(_stamped(await call.router.work(config.to_xml, tree), store.history()[number]))
    else:
        write = config.to_text if fmt == "text" else config.to_set
        found.append(information("\n" + await call.router.work(write, tree)))
    return [found]


def _stamped(shown: etree._Element, entry: HistoryEntry) -> etree._Element:
    """A configuration as a commit left it: in its namespace, with when and by whom."""
    shown.set("xmlns", CONFIG_NS)
    for name, value in (("seconds", str(int(entry.time))), ("localtime", utc(entry.time)), ("user", entry.user)):
        shown.set(f"{{{JUNOS_NS}}}commit-{name}", value)
    return shown


@handles("request-save-rescue-configuration")
async def save_rescue(call: Call) -> list[Part]:
    """Keep the running configuration as the rescue configuration."""
    await call.router.work(call.router.store.save_rescue)
    return [element("rescue-management-results", element("routing-engine", element("name", text="re0"),
                                                         element("success")))]  # fmt: skip


@handles("request-delete-rescue-configuration")
async def delete_rescue(call: Call) -> list[Part]:
    """Delete the rescue configuration; also fine when there is none."""
    await call.router.work(call.router.store.delete_rescue)
    return [element("rescue-management-results", element("routing-engine", element("name", text="re0"),
                                                         element("success")))]  # fmt: skip


@handles("get-rescue-information")
async def get_rescue(call: Call) -> list[Part]:
    """The rescue configuration; an error when there is none."""
    tree = call.router.store.rescue()
    if tree is None:
        raise failure("No rescue configuration is set.", bad_element="rescue")
    if (call.text("format") or call.rpc.get("format") or "text") == "xml":
        return [element("rescue-information", await call.router.work(config.to_xml, tree))]
    return [element("rescue-information", information("\n" + await call.router.work(config.to_text, tree)))]
