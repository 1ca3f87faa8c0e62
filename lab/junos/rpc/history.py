"""Commit history, rollbacks and the rescue configuration."""

from __future__ import annotations

from lxml import etree

from lab.junos import config
from lab.junos.router import Router
from lab.junos.rpc.configuration import information, rollback_number
from lab.junos.rpc.registry import Call, handles
from lab.junos.rpc.reply import JUNOS_NS, Part, element, failure, syntax_error
from lab.junos.store.model import utc


def commit_information(router: Router) -> etree._Element:
    """`commit-information`: one `commit-history` per commit, the newest first."""
    root = element("commit-information")
    for number, entry in enumerate(router.store.history()):
        item = element("commit-history", element("sequence-number", text=str(number)))
        item.append(element("user", text=entry.user))
        item.append(element("client", text=entry.client))
        when = element("date-time", text=utc(entry.time))
        when.set(f"{{{JUNOS_NS}}}seconds", str(int(entry.time)))
        item.append(when)
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


@handles("get-rollback-information", "get-checkpoint-information")
async def get_rollback_information(call: Call) -> list[Part]:
    """`show system rollback N [compare M]` as text, set or XML."""
    store = call.router.store
    number = rollback_number(call.text("rollback") or "0")
    tree = await call.router.quick(store.rollback_tree, number)
    if call.has("compare"):
        other = await call.router.quick(store.rollback_tree, rollback_number(call.text("compare")))
        difference = await call.router.work(config.compare, other, tree)
        return [element("rollback-information", information("\n" + difference))]
    fmt = call.text("format") or "text"
    if fmt == "xml":
        return [element("rollback-information", await call.router.work(config.to_xml, tree))]
    if fmt not in ("text", "set"):
        raise syntax_error(fmt)
    text = await call.router.work(config.to_text if fmt == "text" else config.to_set, tree)
    return [element("rollback-information", information("\n" + text))]


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
