"""What goes back over the wire: replies, errors and the hello, in the shapes a router sends."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

RELEASE = "24.4R1"
BASE_NS = "urn:ietf:params:xml:ns:netconf:base:1.0"
JUNOS_NS = f"http://xml.juniper.net/junos/{RELEASE}/junos"
CONFIG_NS = "http://xml.juniper.net/xnm/1.1/xnm"
END = b"]]>]]>"
CAPABILITIES = (
    "urn:ietf:params:netconf:base:1.0",
    "urn:ietf:params:netconf:capability:candidate:1.0",
    "urn:ietf:params:netconf:capability:confirmed-commit:1.0",
    "urn:ietf:params:netconf:capability:validate:1.0",
    "urn:ietf:params:netconf:capability:url:1.0?scheme=file",
    "urn:ietf:params:xml:ns:netconf:base:1.0",
    "urn:ietf:params:xml:ns:netconf:capability:candidate:1.0",
    "urn:ietf:params:xml:ns:netconf:capability:confirmed-commit:1.0",
    "urn:ietf:params:xml:ns:netconf:capability:validate:1.0",
    "urn:ietf:params:xml:ns:netconf:capability:url:1.0?scheme=file",
    "http://xml.juniper.net/netconf/junos/1.0",
    "http://xml.juniper.net/dmi/system/1.0",
)

UNSPEAKABLE = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""What XML cannot say (a binary file that is shown)."""

Part = etree._Element | str
"""A child of a reply: an element, or text that is inserted as text (JSON replies)."""


class RpcFailure(Exception):
    """An RPC that fails: the `rpc-error` elements (or a wrapper that holds them) to answer with."""

    def __init__(self, *parts: etree._Element) -> None:
        super().__init__(
            "; ".join(filter(None, (p.findtext(".//error-message") or p.findtext("error-message") for p in parts)))
        )
        self.parts = parts


def element(tag: str, *children: etree._Element, text: str | None = None, **attributes: str) -> etree._Element:
    """Build an element; `_` in attribute names becomes `-`."""
    made = etree.Element(
        tag, {name.replace("_", "-"): value for name, value in attributes.items()}, nsmap={"junos": JUNOS_NS}
    )
    made.text = None if text is None else UNSPEAKABLE.sub("?", text)
    made.extend(children)
    return made


def rpc_error(
    message: str,
    *,
    severity: str = "error",
    bad_element: str | None = None,
    path: str | None = None,
    tag: str | None = "operation-failed",
    kind: str = "protocol",
    session_id: int | None = None,
) -> etree._Element:
    """One `rpc-error`. `tag=None` leaves out type and tag, as a router does inside load results."""
    error = etree.Element("rpc-error")
    if tag is not None:
        error.append(element("error-type", text=kind))
        error.append(element("error-tag", text=tag))
    error.append(element("error-severity", text=severity))
    if path:
        error.append(element("error-path", text=path))
    if bad_element is not None or session_id is not None:
        info = etree.SubElement(error, "error-info")
        if bad_element is not None:
            info.append(element("bad-element", text=bad_element))
        if session_id is not None:
            info.append(element("session-id", text=str(session_id)))
    error.append(element("error-message", text=message))
    return error


def failure(message: str, **details: str | None) -> RpcFailure:
    """An RpcFailure with one error; keywords as for `rpc_error`."""
    return RpcFailure(
        rpc_error(
            message,
            bad_element=details.get("bad_element"),
            path=details.get("path"),
            tag=details.get("tag", "operation-failed"),
        )
    )


def add_warning(parts: list[Part], message: str) -> None:
    """Add a warning where a router puts it: into the results of a load or commit, else before what there is.

    A commit with warnings has `<ok/>` beside its results, and no routing-engine in them: clients then hide them.
    """
    warning = rpc_error(message, severity="warning")
    results = parts[0] if parts and isinstance(parts[0], etree._Element) else None
    if results is None or results.tag not in ("commit-results", "load-configuration-results"):
        parts.insert(0, warning)
    elif results.tag == "commit-results":
        for engine in results.findall("routing-engine"):
            results.remove(engine)
        results.append(warning)
        if not any(isinstance(part, etree._Element) and part.tag == "ok" for part in parts):
            parts.append(element("ok"))
    else:
        results.insert(0, warning)


def omit_result(parts: list[Part]) -> None:
    """Leave out `package-result`, as some releases do whatever became of the package."""
    for part in tuple(parts):
        if isinstance(part, etree._Element) and part.tag == "package-result":
            parts.remove(part)


def syntax_error(bad_element: str) -> RpcFailure:
    """What a router says about an RPC, an argument or a command that it does not know."""
    return failure("syntax error", bad_element=bad_element)


def envelope(parts: Sequence[Part], attributes: Mapping[str, str]) -> bytes:
    """The whole `rpc-reply`: children land in the base namespace, the request's attributes are echoed.

    On the wire it is ASCII; other characters are XML character references, which mean the same. ncclient decodes what
    it has read so far, and dies of a multi-byte character that a packet cut in two.
    """
    echoed = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    body = "".join(_serialise(part) for part in parts)
    whole = f'<rpc-reply xmlns="{BASE_NS}" xmlns:junos="{JUNOS_NS}"{echoed}>\n{body}</rpc-reply>\n'
    return whole.encode("ascii", "xmlcharrefreplace") + END + b"\n"


def _serialise(part: Part) -> str:
    if isinstance(part, str):
        return escape(part)
    text = etree.tostring(part, encoding="unicode", with_tail=False).replace(f' xmlns:junos="{JUNOS_NS}"', "")
    if part.tag in ("configuration", "configuration-text", "configuration-set"):
        text = f'<{part.tag} xmlns="{CONFIG_NS}"' + text[len(part.tag) + 1 :]
    return text + "\n"


def hello(pid: int, user: str, hostname: str) -> bytes:
    """The comment a router prints first, and its hello."""
    capabilities = "".join(f"    <capability>{escape(c)}</capability>\n" for c in CAPABILITIES)
    return (
        f"<!-- No zombies were killed during the creation of this user interface -->\n"
        f"<!-- user {_remark(user)}, class j-super-user -->\n"
        f'<hello xmlns="{BASE_NS}">\n  <capabilities>\n{capabilities}  </capabilities>\n'
        f"  <session-id>{pid}</session-id>\n</hello>\n".encode("ascii", "xmlcharrefreplace")
        + END
        + b"\n"
    )


def goodbye(user: str, hostname: str) -> bytes:
    """The comment a router prints when a session ends."""
    return f"<!-- session end at {_remark(hostname)}, user {_remark(user)} -->\n".encode("ascii", "xmlcharrefreplace")


def _remark(text: str) -> str:
    """Text as it may stand in a comment, which must not hold two hyphens in a row."""
    return escape(text.replace("--", "-_"))
