"""`request system ...` and its relatives at the CLI: each is an RPC, and prints what its reply says.

Junos asks before it reboots or cleans up; here a command is taken at its word, as it is over NETCONF.
"""

from __future__ import annotations

from lxml import etree

from lab.junos.cli.pipes import Piped
from lab.junos.rpc.dispatch import dispatch
from lab.junos.rpc.registry import Call
from lab.junos.rpc.reply import element, syntax_error

PACKAGE_FLAGS = ("no-copy", "no-validate", "force", "unlink", "reboot", "best-effort-load")
COMMANDS: dict[tuple[str, ...], tuple[str, str | None, tuple[str, ...], tuple[str, ...]]] = {
    ("request", "system", "software", "add"): ("request-package-add", "package-name", PACKAGE_FLAGS, ()),
    ("request", "vmhost", "software", "add"): ("request-vmhost-package-add", "package-name", PACKAGE_FLAGS, ()),
    ("request", "system", "software", "validate"): ("request-package-validate", "package-name", (), ()),
    ("request", "system", "software", "rollback"): ("request-package-rollback", None, ("reboot", "force"), ()),
    ("request", "vmhost", "software", "rollback"): ("request-vmhost-package-rollback", None, ("reboot",), ()),
    ("request", "system", "reboot"): ("request-reboot", None, (), ("in", "at", "message")),
    ("request", "vmhost", "reboot"): ("request-vmhost-reboot", None, (), ("in", "at", "routing-engine")),
    ("request", "system", "storage", "cleanup"): (
        "request-system-storage-cleanup", None, ("dry-run", "no-confirm"), (),
    ),
    ("clear", "system", "reboot"): ("clear-reboot", None, (), ()),
    ("show", "system", "reboot"): ("get-reboot-information", None, (), ()),
    ("show", "log"): ("get-log", "filename", (), ()),
}  # fmt: skip
"""Words: the RPC, the name of its positional argument, its flags, its arguments with a value."""


def request_for(words: tuple[str, ...], rest: list[str]) -> etree._Element:
    """The RPC behind a command; raises RpcFailure for a word that it does not take."""
    name, positional, flags, named = COMMANDS[words]
    rpc = element(name)
    given = iter(rest)
    for word in given:
        if word in flags:
            rpc.append(element(word))
        elif word in named and (value := next(given, None)) is not None:
            rpc.append(element(word, text=value))
        elif positional is not None and rpc.find(positional) is None:
            rpc.append(element(positional, text=word))
        elif word == "now" and "at" in named:
            rpc.append(element("at", text="now"))
        else:
            raise syntax_error(word)
    return rpc


async def run(words: tuple[str, ...], call: Call, rest: list[str], piped: Piped, fmt: str) -> str | etree._Element:
    """Send the RPC; its reply as text, or (`| display xml`) below an element of its own."""
    answer = await dispatch(Call(call.router, call.session, request_for(words, rest)))
    elements = [part for part in answer if isinstance(part, etree._Element)]
    if fmt == "xml":
        return elements[0] if len(elements) == 1 else element("multi-part", *elements)
    return "".join(_text(part) for part in elements)


def _text(part: etree._Element) -> str:
    """What the CLI prints for one child of a reply."""
    if part.tag == "package-result":
        return ""
    if part.tag == "rpc-error":
        return f"{part.findtext('error-severity')}: {(part.findtext('error-message') or '').strip()}\n"
    if part.tag == "system-storage-cleanup-information":
        rows = [
            f"{file.findtext('size'):>10} {file.findtext('date')} {file.findtext('file-name')}"
            for file in part.iter("file")
        ]
        return "\n".join(["List of files to delete:", "", f"{'Size':>10} Date         Name", *rows]) + "\n"
    text = "".join(str(piece) for piece in part.itertext())
    return text.strip("\n") + "\n" if text.strip() else ""
