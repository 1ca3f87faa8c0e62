"""Random configurations, made from the schema itself: whatever is modelled is generated."""

from __future__ import annotations

from hypothesis import strategies as st

from lab.junos.config import Tree, load, root_schema
from lab.junos.config.lexer import quote
from lab.junos.config.schema import Key, Kind, Schema
from lab.junos.config.values import ValueType

NAMES = st.from_regex(r"[a-z][a-z0-9_-]{0,5}", fullmatch=True)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C"]) | st.sampled_from('"\\\n\t;{}[]#*/'), max_size=12)
TEXT = TEXT.filter(lambda text: text == text.strip())
WORDS: dict[str, list[str]] = {
    "area": ["0.0.0.0", "0.0.0.1", "10.0.0.0"],
    "community": ["64496:1", "no-export", "target:64496:1", "large:64496:1:2", "^64496:.*$"],
    "asn": ["64496", "64500", "4200000000"],
    "host": ["192.0.2.1", "ntp.example.net", "2001:db8::1"],
    "interface": ["ge-0/0/0", "ge-0/0/10", "ge-0/0/1.100", "lo0.0", "ae3", "all"],
    "ip": ["192.0.2.1", "198.51.100.1", "2001:db8::1"],
    "ip-prefix": ["192.0.2.0/24", "0.0.0.0/0", "2001:db8::/32", "198.51.100.1/32"],
    "ipv4": ["192.0.2.1", "192.0.2.2"],
    "ipv4-prefix": ["192.0.2.1/31", "198.51.100.0/24"],
    "ipv6": ["2001:db8::1", "fe80::1"],
    "ipv6-prefix": ["2001:db8::1/127", "2001:db8:1::/48"],
    "length": ["/24", "/32"],
    "length-range": ["/24-/28", "/8-/9"],
    "next-hop": ["192.0.2.1", "2001:db8::1", "ge-0/0/0.0"],
    "port": ["ssh", "830", "1024-65535"],
    "protocol": ["tcp", "ospf", "89"],
    "regex": [".* 64500", "^(show|ping) .*", "a"],
    "secret": ["$9$gPaZj6/tRhr", "$6$salt$hash"],
    "size": ["10m", "1g", "100"],
    "unit": ["0", "1", "100"],
}


def values(kind: ValueType) -> st.SearchStrategy[str]:
    """Values that a type accepts, in their stored form."""
    if kind.name == "int":
        return st.sampled_from(sorted({kind.low, kind.high, (kind.low + kind.high) // 2})).map(str)
    if kind.name == "enum":
        return st.sampled_from(kind.words)
    if kind.name == "name":
        return NAMES
    if kind.name == "string":
        return TEXT
    return st.sampled_from(WORDS[kind.name])


@st.composite
def keys(draw: st.DrawFn, key: Key) -> list[str]:
    """The words of one identifying element."""
    if key.choice is None:
        return [draw(values(key.type))]
    name = draw(st.sampled_from(sorted(key.choice)))
    value_type = key.choice[name]
    return [name] if value_type is None else [name, draw(values(value_type))]


@st.composite
def statement(draw: st.DrawFn, schema: Schema | None = None) -> list[str]:
    """The words of one statement, as they stand in a set command."""
    level = schema or root_schema()
    words: list[str] = []
    for _ in range(20):
        names = [child for child in level.children.values() if child.name not in ("groups", "apply-groups-except")]
        if not names:
            return words
        child = draw(st.sampled_from(names))
        if child.word:
            words.append(child.word)
        if child.kind is Kind.LIST:
            for key in child.keys:
                words += draw(keys(key))
        elif child.kind is Kind.FLAG:
            return words
        elif child.kind in (Kind.LEAF, Kind.LEAF_LIST):
            assert child.type is not None
            return [*words, draw(values(child.type))]
        level = child
        if draw(st.integers(0, 5)) == 0 and (child.presence or child.kind is Kind.LIST):
            return words
    return words


@st.composite
def commands(draw: st.DrawFn, size: int = 12) -> list[str]:
    """Set commands, some in groups, with marks on some of what they make."""
    lines: list[str] = []
    made = draw(st.lists(statement(), min_size=1, max_size=size))
    for words in made:
        inside = ["groups", "g1"] if words[0] != "version" and draw(st.integers(0, 6)) == 0 else []
        path = [*inside, *words]
        lines.append("set " + " ".join(quote(word) for word in path))
        mark = draw(st.sampled_from(["", "", "", "deactivate", "protect", "annotate"]))
        if mark and not inside:
            cut = draw(st.integers(1, len(words)))
            comment = ' "why: a /b/ \\"c\\"\\n  two"' if mark == "annotate" else ""
            lines.append(f"{mark} {' '.join(quote(word) for word in words[:cut])}{comment}")
    return lines


def tree_of(lines: list[str]) -> Tree:
    """The configuration that set commands make; marks at places that have none are left out."""
    tree = Tree.empty()
    for line in lines:
        report = load(tree, line, "set", "set")
        assert report.ok or not line.startswith("set"), (line, report.errors)
    return tree


def trees(size: int = 12) -> st.SearchStrategy[Tree]:
    """Random configurations."""
    return commands(size).map(tree_of)
