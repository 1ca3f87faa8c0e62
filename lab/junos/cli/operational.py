"""Operational commands: those on the configuration and on files here, all others by the operational part."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from lxml import etree

from lab.junos import config, oper
from lab.junos.cli import pipes, requests
from lab.junos.rpc import history
from lab.junos.rpc.configuration import rollback_number
from lab.junos.rpc.dispatch import dispatch
from lab.junos.rpc.registry import Call, handles
from lab.junos.rpc.reply import Part, RpcFailure, element, failure, rpc_error, syntax_error
from lab.junos.rpc.system import ask
from lab.junos.store.model import utc

Result = str | etree._Element
Command = Callable[[Call, list[str], pipes.Piped, str], Awaitable[Result]]


@handles("command")
async def command_rpc(call: Call) -> list[Part]:
    """An operational command over NETCONF: `output` as text, or the XML that the same RPC gives."""
    fmt = call.rpc.get("format", "xml").lower()
    if fmt not in ("text", "ascii", "xml", "json"):
        raise syntax_error(fmt)
    line = " ".join((call.rpc.text or "").split())
    if not line:
        raise syntax_error("command")
    result = await run_command(call, line, "text" if fmt == "ascii" else fmt)
    if isinstance(result, str):
        return [element("output", text="\n" + result.rstrip("\n") + "\n")]
    return [result]


async def run_command(call: Call, line: str, fmt: str) -> Result:
    """Run one line (with pipes): text for `fmt` text, an element for xml; raises RpcFailure."""
    try:
        piped = pipes.parse(line)
        for display in piped.display:
            fmt = display if display in ("xml", "json") else fmt
        result = _request(piped) if "rpc" in piped.display else await _run(call, piped, fmt)
        if isinstance(result, str):
            result = pipes.apply(result, piped.filters)
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


def _save(call: Call, path: str, result: Result) -> str:
    """`| save FILE`: into the router's files."""
    text = result if isinstance(result, str) else etree.tostring(result, encoding="unicode", pretty_print=True)
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
        raise failure("syntax error, expecting <command>", bad_element=given[0] if given else None)
    return answer


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
    return await show_tree(call, tree, tuple(rest), piped.display, fmt)


async def show_tree(call: Call, tree: config.Tree, path: tuple[str, ...], display: list[str], fmt: str) -> Result:
    """A configuration, or what is below a path of it, in the format that the pipes ask for."""
    try:
        if "set" in display:
            return await call.router.work(config.to_set, tree, path)
        if fmt == "xml":
            return await call.router.work(config.to_xml, tree, path)
        if fmt == "json":
            return await call.router.work(config.to_json, tree, path)
        return await call.router.work(config.to_text, tree, path)
    except config.StatementError as error:
        raise failure(error.message, bad_element=error.word) from None


async def show_commit(call: Call, rest: list[str], piped: pipes.Piped, fmt: str) -> Result:
    """`show system commit`."""
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
    """`set cli screen-length 0` and friends: accepted, output is never paged."""
    if len(rest) != 2 or rest[0] not in ("screen-length", "screen-width", "timestamp", "complete-on-space"):
        raise syntax_error(rest[0] if rest else "cli")
    return f"{rest[0].replace('-', ' ').capitalize()} set to {rest[1]}\n"


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
