# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates to text: compiled once, strict, every output line traced back to the template line that wrote it.

How the map is made: an extension puts an invisible mark with template and line number where an output line may start;
the marks are taken out of the finished text. They carry a number that is random per process, so that no value from an
inventory can forge one.
"""

from __future__ import annotations

import re
import secrets
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from ansible_collections.fairway.backbone.plugins.module_utils.intent import quote

COLLECTION = Path(__file__).resolve().parents[2]
"""The root of the collection: templates/ and schemas/ are in it."""

FEATURES: dict[str, tuple[str, ...]] = {
    "junos": (
        "system",
        "login",
        "services",
        "syslog",
        "ntp",
        "chassis",
        "interfaces",
        "snmp",
        "rpm",
        "routing_options",
        "ospf",
        "ospf3",
        "bgp",
        "policy_options",
        "firewall",
    ),
    "frr": (
        "notes",
        "base",
        "static",
        "interfaces",
        "bgp",
        "ospf",
        "ospf6",
        "prefix_lists",
        "as_paths",
        "communities",
        "route_maps",
        "bfd",
    ),
}
"""Templates of a platform in output order; a file each, templates/PLATFORM/FEATURE.j2."""

_NONCE = secrets.token_hex(4)
_OPEN, _CLOSE = f"\x02{_NONCE}:", "\x03"

Origin = tuple[str, int]
"""Template as it is known to people (templates/junos/ospf.j2) and line in it."""


@dataclass(frozen=True, slots=True)
class TemplateFault:
    """A template that could not be rendered: `hint` says what to do."""

    template: str
    line: int | None
    message: str
    hint: str

    def __str__(self) -> str:
        place = self.template if self.line is None else f"{self.template}:{self.line}"
        return f"{place}\n    {self.message}\n    {self.hint}"


@dataclass(frozen=True, slots=True)
class Rendered:
    """One router's configuration: the text, and for each of its lines the template line it came from."""

    text: str
    origins: list[Origin]


class _LineMarks(Extension):
    """Marks the places of a template where an output line may start."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        numbers: dict[str, int] = self.environment.template_numbers  # type: ignore[attr-defined]
        number = numbers.setdefault(stream.name or "<text>", len(numbers))
        at_start = True  # an output line may start here
        for token in stream:
            if token.type == "data":
                value = str(token.value)
                yield Token(token.lineno, "data", _mark_lines(value, number, token.lineno, at_start))
                at_start = value.endswith("\n") if value else at_start
                continue
            if token.type == "variable_begin" and at_start:
                yield Token(token.lineno, "data", f"{_OPEN}{number},{token.lineno}{_CLOSE}")
            at_start = token.type == "block_end"
            yield token


def _mark_lines(value: str, number: int, line: int, at_start: bool) -> str:
    """The text with a mark before every line of it; what follows its last line break marks itself."""
    parts = value.split("\n")
    marked = [f"{_OPEN}{number},{line}{_CLOSE}{parts[0]}" if at_start else parts[0]]
    for offset, part in enumerate(parts[1:], start=1):
        marked.append(f"{_OPEN}{number},{line + offset}{_CLOSE}{part}" if part or offset < len(parts) - 1 else "")
    return "\n".join(marked)


class _Environment(jinja2.Environment):
    """`a.b` is `a["b"]` first: views are dictionaries, and a key called `keys` or `items` means the key."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        kind = type(obj)
        if kind is dict:
            try:
                return obj[attribute]
            except KeyError:
                return self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)


class Renderer:
    """The compiled templates of both platforms. Make one per run; it is not changed by rendering.

    `override` is a directory laid out like templates/ (junos/, frr/): a file there is used instead of the shipped one
    of the same name, and further `*.j2` files are rendered after the shipped features, by name.
    """

    def __init__(self, override: Path | None = None) -> None:
        self._shipped = COLLECTION / "templates"
        self._override = override
        self._environments = {platform: self._environment(platform) for platform in FEATURES}
        self._origins: dict[str, dict[str, Origin]] = {platform: {} for platform in FEATURES}
        self._templates: dict[str, list[tuple[str, jinja2.Template | TemplateFault]]] = {}

    def features(self, platform: str) -> list[str]:
        """The platform's features in output order, the override directory's own ones last."""
        extra: set[str] = set()
        if self._override is not None:
            extra = {path.stem for path in (self._override / platform).glob("*.j2") if not path.name.startswith("_")}
        return [*FEATURES[platform], *sorted(extra - set(FEATURES[platform]))]

    def render(self, platform: str, view: Mapping[str, Any]) -> tuple[Rendered, list[TemplateFault]]:
        """One router's text. Features with a fault are left out, and every fault is in the list."""
        faults: list[TemplateFault] = []
        pieces: list[str] = []
        for name, template in self._compiled(platform):
            if isinstance(template, TemplateFault):
                faults.append(template)
                continue
            try:
                pieces.append(template.render(view))
            except (
                jinja2.TemplateError,
                quote.UnsafeValueError,
                ArithmeticError,
                LookupError,
                TypeError,
                ValueError,
            ) as error:
                faults.append(self._fault(platform, name, error))
        rendered = self._without_marks(platform, "".join(pieces))
        if _FORBIDDEN.search(rendered.text):
            faults += _forbidden(rendered)
        return rendered, faults

    def render_feature(self, platform: str, name: str, view: Mapping[str, Any]) -> str:
        """One feature's text. Raises what Jinja2 and quoting raise: the caller's data has been through `render`."""
        text = self._environments[platform].get_template(f"{name}.j2").render(view)
        return self._without_marks(platform, text).text

    def environment(self, platform: str) -> jinja2.Environment:
        """The environment that the platform's templates are compiled in."""
        return self._environments[platform]

    def _environment(self, platform: str) -> jinja2.Environment:
        paths = [] if self._override is None else [self._override / platform]
        environment = _Environment(
            loader=jinja2.FileSystemLoader([*paths, self._shipped / platform]),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            finalize=_final,
            extensions=[_LineMarks],
            auto_reload=False,
            cache_size=-1,
        )
        environment.filters.update(FILTERS)
        environment.template_numbers = {}  # type: ignore[attr-defined]
        return environment

    def _compiled(self, platform: str) -> Sequence[tuple[str, jinja2.Template | TemplateFault]]:
        found = self._templates.get(platform)
        if found is None:
            found = [(f"{feature}.j2", self._compile(platform, f"{feature}.j2")) for feature in self.features(platform)]
            self._templates[platform] = found
        return found

    def _compile(self, platform: str, name: str) -> jinja2.Template | TemplateFault:
        try:
            return self._environments[platform].get_template(name)
        except jinja2.TemplateError as error:
            return self._fault(platform, name, error)

    def _label(self, platform: str, name: str) -> str:
        """How people know a template: its path in the collection, or in the override directory."""
        if self._override is not None and (self._override / platform / name).is_file():
            return str(self._override / platform / name)
        return f"templates/{platform}/{name}"

    def _without_marks(self, platform: str, text: str) -> Rendered:
        origins: list[Origin] = []
        clean: list[str] = []
        known = self._origins[platform]
        origin: Origin = ("", 0)
        at_start = True  # of an output line: only there does a mark count, and the last of several is the right one
        for piece in text.split(_OPEN):
            mark, closed, rest = piece.partition(_CLOSE)
            if not closed:
                mark, rest = "", piece
            if at_start and mark:
                origin = known.get(mark) or self._remember(platform, mark)
            if rest:
                clean.append(rest)
                at_start = rest[-1] == "\n"
                lines = rest.count("\n")
                if lines == 1:
                    origins.append(origin)
                elif lines:
                    origins += [origin] * lines
        if not at_start:
            origins.append(origin)
        return Rendered("".join(clean), origins)

    def _remember(self, platform: str, mark: str) -> Origin:
        """What a mark stands for."""
        number, _comma, line = mark.partition(",")
        numbers: dict[str, int] = self._environments[platform].template_numbers  # type: ignore[attr-defined]
        name = next(name for name, known in numbers.items() if known == int(number))
        origin = (self._label(platform, name), int(line))
        self._origins[platform][mark] = origin
        return origin

    def _fault(self, platform: str, name: str, error: Exception) -> TemplateFault:
        template, line = name, None
        if isinstance(error, jinja2.TemplateSyntaxError):
            template, line = error.name or name, error.lineno
        else:
            for frame in traceback.extract_tb(error.__traceback__):
                if frame.filename.endswith(".j2"):
                    template, line = Path(frame.filename).name, frame.lineno
        message, hint = _explain(error)
        return TemplateFault(self._label(platform, template), line, message, hint)


def _explain(error: Exception) -> tuple[str, str]:
    """What happened and what to do; never a value, which may be a secret."""
    if isinstance(error, jinja2.UndefinedError):
        return f"undefined: {error.message}", "set it in the intent, or correct the name in the template"
    if isinstance(error, jinja2.TemplateNotFound):
        return f"there is no template {error.message}", "add the file, or correct the name"
    if isinstance(error, jinja2.TemplateSyntaxError):
        return f"template syntax: {error.message}", "correct the template"
    if isinstance(error, quote.UnsafeValueError):
        return f"refused: {error}", "correct the value in the inventory: it would have become configuration of its own"
    return f"{type(error).__name__} while rendering", "correct the expression on this line"


def _final(value: Any) -> Any:
    """No expression may put a line break into a configuration; other control characters are looked for at the end."""
    kind = type(value)
    if kind is str:
        # An included text or a macro's result has been through here piece by piece, and has marks only we can make.
        if "\n" in value and not value.startswith(_OPEN):
            raise quote.UnsafeValueError("a line break in a value")
        return value
    if kind is int or isinstance(value, jinja2.Undefined):
        return value  # an undefined value raises when it is written
    if value is None:
        raise quote.UnsafeValueError("an empty value (None) where the template writes one")
    return _final(str(value))


_FORBIDDEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\x85\u2028\u2029]")


def _forbidden(rendered: Rendered) -> Iterator[TemplateFault]:
    """The lines that have a control character in them."""
    message, hint = _explain(quote.UnsafeValueError("a control character in a value"))
    for line, (template, number) in zip(rendered.text.split("\n"), rendered.origins, strict=False):
        if _FORBIDDEN.search(line):
            yield TemplateFault(template, number, message, hint)


def _junos_list(values: Sequence[object]) -> str:
    """One word, or `[ several words ]`."""
    words = [quote.junos_quote(value) for value in values]
    return words[0] if len(words) == 1 else f"[ {' '.join(words)} ]"


FILTERS = {
    "junos_quote": quote.junos_quote,
    "junos_string": quote.junos_string,
    "junos_key": quote.junos_key,
    "junos_list": _junos_list,
    "frr_word": quote.frr_word,
    "frr_line": quote.frr_line,
}
"""The filters templates may use beside Jinja2's own."""
