"""Operational commands: those on the configuration and on files here, all others by the operational part."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import takewhile

from lxml import etree

from lab.junos import config, oper
from lab.junos.cli import pipes, requests
from lab.junos.rpc import history
from lab.junos.rpc.configuration import heading, information, rollback_number, stamps
from lab.junos.rpc.dispatch import dispatch
from lab.junos.rpc.registry import Call, handles
from lab.junos.rpc.reply import JUNOS_NS, Part, RpcFailure, element, failure, rpc_error, syntax_error
from lab.junos.rpc.system import ask
from lab.junos.store.model import utc

NO_COMMAND = "syntax error, expecting <command> or </command>"
"""What NETCONF says of a word that no command begins with; a terminal says `unknown command`."""
Result = str | etree._Element
Command = Callable[[Call, list[str], pipes.Piped, str], Awaitable[Result]]


@handles("command")
async def command_rpc(call: Call) -> list[Part]:
    """An operational command over NETCONF: `output` as text, or the XML that the same RPC gives.

    A configuration as text is in `configuration-information`, and where nothing is configured the reply is empty.
    """
    fmt = call.rpc.get("format", "xml").lower()
    if fmt not in ("text", "ascii", "xml", "json"):
        raise syntax_error(fmt)
    line = " ".join((call.rpc.text or "").split())
    if not line:
        raise syntax_error("command")
    result = await run_command(call, line, "text" if fmt == "ascii" else fmt)
    if not isinstance(result, str):
        return [result]
    shown = result.rstrip("\n")
    if not _shows_configuration(line):
        return [element("output", text=f"\n{shown}\n")]
    if fmt == "json":
        return [shown]
    return [information(f"\n{shown}\n")] if shown else []


def _shows_configuration(line: str) -> bool:
    """Whether what a command prints is (a part of) a configuration, and not a remark about saving it."""
    given = pipes.words(pipes.split_outside_quotes(line, "|")[0])
    asked = len(given) > 1 and all(map(_means, given, ("show", "configuration")))
    return asked and not any(pipe.startswith("save") for pipe in pipes.split_outside_quotes(line, "|")[1:])


async def run_command(call: Call, line: str, fmt: str) -> Result:
    """Run one line (with pipes): text for `fmt` text, an element for xml; raises RpcFailure."""
    try:
        piped = pipes.parse(line)
        for display in piped.display:
            fmt = display if display in ("xml", "json") else fmt
        result = _request(piped) if "rpc" in piped.display else await _run(call, piped, fmt)
        if piped.filters:
            result = pipes.apply(result if isinstance(result, str) else reply_text(result), piped.filters)
        if piped.save is not None:
            return _save(call, piped.save, result)
    except pipes.PipeError as error:
        raise syntax_error(str(error)) from None
    return result


def _request(piped: pipes.Piped) -> etree._Element:
    """`| display xml rpc`: the request behind an operational command; raises PipeError when there is none."""
    try:
        request = oper.rpc_of(piped.command)
    except oper.OperError as error:
        raise pipes.PipeError(error.bad_element or error.message) from None
    if request is None:
        raise pipes.PipeError("rpc")
    return element("rpc", request)


def reply_text(answer: etree._Element) -> str:
    """XML as the CLI prints it: in a reply, with the banner of the routing engine, which is empty on a single one."""
    shown = etree.fromstring(etree.tostring(answer, with_tail=False))
    etree.indent(shown, "    ", level=1)
    text = etree.tostring(shown, encoding="unicode").replace(f' xmlns:junos="{JUNOS_NS}"', "")
    banner = "    <cli>\n        <banner></banner>\n    </cli>\n"
    return f'<rpc-reply xmlns:junos="{JUNOS_NS}">\n    {text}\n{banner}</rpc-reply>\n'


def _save(call: Call, path: str, result: Result) -> str:
    """`| save FILE`: into the router's files."""
    text = result if isinstance(result, str) else reply_text(result)
    call.router.files.real(path, call.session.user).write_text(text)
    return f"Wrote {len(text.splitlines())} lines of output to '{path}'\n"


async def _run(call: Call, piped: pipes.Piped, fmt: str) -> Result:

    given = pipes.words(piped.command)
    for prefix, command in _table():
        if len(given) >= len(prefix) and all(map(_means, given, prefix)):
            return await command(call, given[len(prefix) :], piped, fmt)
    text = " ".join(given)
    try:
        function = oper.cli_text if fmt == "text" else oper.cli_xml
        answer: Result | None = await ask(function, text, call.router.context)
    except oper.OperError as error:
        raise RpcFailure(rpc_error(error.message, bad_element=error.bad_element)) from None
    if answer is not None and fmt == "json":
        raise syntax_error("json")
    if answer is None:
        raise _unknown(given)
    return answer


def _unknown(given: list[str]) -> RpcFailure:
    """What is said of a command that does not exist: the first word with which it is none any more."""
    known = [*(prefix for prefix, _ in _table()), *oper.command_words()]
    right = max((sum(1 for _ in takewhile(bool, map(_means, given, words))) for words in known), default=0)
    if right == 0:
        return failure(NO_COMMAND, bad_element=given[0] if given else None)
    return failure("syntax error, expecting <command>", bad_element=given[min(right, len(given) - 1)])


def _means(given: str, word: str) -> bool:
    """Whether a typed word stands for a command word, which may be shortened to four letters."""
    return given == word or (len(given) >= 4 and word.startswith(given))


def _table() -> list[tuple[list[str], Command]]:
    return [
        (["show", "configuration"], show_configuration),
        (["show", "system", "commit"], show_commit),
        (["show", "system", "rollback"], show_rollback),
        (["show", "system", "configuration", "rescue"], show_rescue),
        (["request", "system", "configuration", "rescue"], change_rescue),
        (["file"], file_command),
        (["set", "cli"], set_cli),
        *((list(words), partial(requests.run, words)) for words in requests.COMMANDS),
    ]


async def show_configuration(call: Call, rest: list[str], piped: pipes.Piped, fmt: str) -> Result:
    """`show configuration [PATH] [| display set|xml|json|inheritance] [| compare rollback N]`."""
    store = call.router.store
    running = store.running()
    if piped.compare is not None:
        older = await call.router.quick(store.rollback_tree, piped.compare)
        return await call.router.work(config.compare, older, running)
    tree = await call.router.work(config.expand, running) if "inheritance" in piped.display else running
    return headed(call, "committed", rest, await show_tree(call, tree, tuple(rest), piped.display, fmt), piped.display)


def headed(call: Call, database: str, path: Sequence[str], shown: Result, display: list[str]) -> Result:
    """A configuration with its age, which a router says of all of it as text, and of every part as XML."""
    if not isinstance(shown, str):
        for name, value in stamps(call, database).items():
            shown.set(f"{{{JUNOS_NS}}}{name}", value)
        return shown
    return shown if path or set(display) - {"inheritance", "detail", "text"} else heading(call, database) + shown


async def show_tree(call: Call, tree: config.Tree, path: tuple[str, ...], display: list[str], fmt: str) -> Result:
    """A configuration, or what is below a path of it, in the format that the pipes ask for."""
    try:
        if "set" in display:
            return await call.router.work(config.to_set, tree, path, relative="relative" in display)
        if fmt == "xml":
            return await call.router.work(config.to_xml, tree, path)
        if fmt == "json":
            return await call.router.work(config.to_json, tree, path)
        return await call.router.work(config.to_text, tree, path)
    except config.StatementError as error:
        raise failure(error.message, bad_element=error.word) from None


async def show_commit(call: Call, rest: list[str], piped: pipes.Piped, fmt: str) -> Result:
    """`show system commit [revision [detail]]`."""
    if rest[:1] == ["revision"] and rest[1:] in ([], ["brief"], ["detail"]):
        answer = history.commit_revision(call.router, detail=rest[1:] == ["detail"])
        return answer if fmt == "xml" else _revision_text(answer)
    if rest:
        raise syntax_error(rest[0])
    if fmt == "xml":
        return await call.router.quick(history.commit_information, call.router)
    lines = []
    for number, entry in enumerate(call.router.store.history()):
        comment = f" {entry.comment}" if entry.comment else ""
        lines.append(f"{number:<4}{utc(entry.time)} by {entry.user} via {entry.client}{comment}\n")
        if entry.log:
            lines.append(f"    {entry.log}\n")
    return "".join(lines)


def _revision_text(answer: etree._Element) -> str:
    rows = (("Revision:", "revision"), ("User    :", "user"), ("Client  :", "client"), ("Time    :", "date-time"))
    return "".join(f"{label} {answer.findtext(tag)}\n" for label, tag in rows if answer.find(tag) is not None)


async def show_rollback(call: Call, rest: list[str], piped: pipes.Piped, fmt: str) -> Result:
    """`show system rollback N [compare M]`."""
    store = call.router.store
    if len(rest) not in (1, 3) or rest[1:2] not in ([], ["compare"]):
        raise syntax_error(rest[1] if len(rest) > 1 else "rollback")
    tree = await call.router.quick(store.rollback_tree, rollback_number(rest[0]))
    if len(rest) == 3:
        other = await call.router.quick(store.rollback_tree, rollback_number(rest[2]))
        return await call.router.work(config.compare, other, tree)
    return await show_tree(call, tree, (), piped.display, fmt)


async def show_rescue(call: Call, rest: list[str], piped: pipes.Piped, fmt: str) -> Result:
    """`show system configuration rescue`."""
    tree = call.router.store.rescue()
    if tree is None:
        raise failure("No rescue configuration is set.")
    return await show_tree(call, tree, (), piped.display, fmt)


async def change_rescue(call: Call, rest: list[str], piped: pipes.Piped, fmt: str) -> Result:
    """`request system configuration rescue save|delete`."""
    if rest not in (["save"], ["delete"]):
        raise syntax_error(rest[0] if rest else "rescue")
    store = call.router.store
    await call.router.work(store.save_rescue if rest == ["save"] else store.delete_rescue)
    return ""


async def set_cli(call: Call, rest: list[str], piped: pipes.Piped, fmt: str) -> Result:
    """`set cli screen-length 0` and friends: output is never paged or folded, and a space completes nothing."""
    name, *values = rest or ["cli"]
    if name in ("screen-length", "screen-width") and len(values) == 1 and values[0].isdigit():
        return f"{name.replace('-', ' ').capitalize()} set to {values[0]}\n"
    said = {
        "complete-on-space off": "Disabling complete-on-space", "complete-on-space on": "Enabling complete-on-space",
        "timestamp disable": "CLI timestamp disabled", "idle-timeout 0": "Idle timeout disabled",
    }.get(" ".join(rest))  # fmt: skip
    if said is None:
        raise syntax_error(values[0] if values else name)
    return f"{said}\n"


async def file_command(call: Call, rest: list[str], piped: pipes.Piped, fmt: str) -> Result:
    """`file show|list|delete|copy|rename|checksum`, through the RPCs of the same names."""
    forms = {"show": ["filename"], "list": ["path"], "delete": ["path"], "copy": ["source", "destination"],
             "rename": ["source", "destination"]}  # fmt: skip
    verb, *names = rest or ["file"]
    rpc = None
    if verb == "checksum" and len(names) == 2 and names[0] in ("md5", "sha1", "sha-256"):
        kind = {"md5": "get-checksum", "sha1": "get-sha1-checksum", "sha-256": "get-sha256-checksum"}[names[0]]
        rpc = element(f"{kind}-information", element("path", text=names[1]))
    elif verb in forms and len(names) <= len(forms[verb]):
        rpc = element(f"file-{verb}", *[element(tag, text=text) for tag, text in zip(forms[verb], names, strict=False)])
    if rpc is None:
        raise syntax_error(verb)
    parts = await dispatch(type(call)(call.router, call.session, rpc))
    answer = parts[0] if parts else ""
    if fmt == "xml" or isinstance(answer, str):
        return answer
    return _file_text(answer)


def _file_text(answer: etree._Element) -> str:
    """What the CLI prints for a file reply."""
    if answer.tag == "file-content":
        return (answer.text or "").lstrip("\n")
    if answer.tag == "checksum-information":
        item = answer[0]
        method, name = item.findtext("computation-method"), item.findtext("input-file")
        return f"{method} ({name}) = {item.findtext('checksum')}\n"
    if answer.find("output") is not None:
        return f"{answer.findtext('output')}\n"
    directory = answer[0]
    lines = [f"{directory.get('name')}:"] if directory.get("name") else []
    for info in directory.findall("file-information"):
        lines.append((info.findtext("file-name") or "") + ("/" if info.find("file-directory") is not None else ""))
    return "\n".join(lines) + "\n"
