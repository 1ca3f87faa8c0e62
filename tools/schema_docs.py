"""Write the tables of docs/intent.md from the schemas: `python -m tools.schema_docs`, or `--check` to compare only."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "intent.md"
BEGIN, END = "<!-- tables: made by tools/schema_docs.py -->", "<!-- end of tables -->"
KEYS = ("router", "interfaces", "ospf", "bgp", "policies", "static_routes", "steering", "probes", "upgrade")

Schema = dict[str, Any]


def load(name: str) -> Schema:
    """One schema file."""
    found: Schema = json.loads((ROOT / "schemas" / f"{name}.json").read_text(encoding="utf-8"))
    return found


def resolved(schema: Schema, common: Schema) -> Schema:
    """The schema with what it refers to; its own words win."""
    reference = schema.get("$ref")
    if reference is None:
        return schema
    return {**common["$defs"][reference.rpartition("/")[2]], **{k: v for k, v in schema.items() if k != "$ref"}}


def rows(path: str, schema: Schema, common: Schema, required: bool) -> Iterator[tuple[str, str, str]]:
    """Key, type and meaning of a schema and of everything under it."""
    schema = resolved(schema, common)
    about = schema.get("description", "")
    notes = [about.rstrip(".") + "." if about else ""]
    if "default" in schema:
        notes.append(f"Default: `{json.dumps(schema['default']).strip(chr(34))}`.")
    if required:
        notes.append("Required.")
    yield path, kind(schema, common), " ".join(note for note in notes if note)
    for name, inner in schema.get("properties", {}).items():
        yield from rows(f"{path}.{name}", inner, common, name in schema.get("required", ()))
    inner = schema.get("additionalProperties")
    if isinstance(inner, dict):
        yield from children(f"{path}.NAME", inner, common)
    if "items" in schema:
        yield from children(f"{path}[]", schema["items"], common)


def children(path: str, schema: Schema, common: Schema) -> Iterator[tuple[str, str, str]]:
    """What is under an entry or item: the entry itself only when it is more than a plain value."""
    if resolved(schema, common).get("type") in ("object", "array"):
        yield from rows(path, schema, common, required=False)


def kind(schema: Schema, common: Schema) -> str:
    """The type as a reader wants it: choices, ranges, what a list is of."""
    if "enum" in schema:
        return " \\| ".join(f"`{item}`" for item in schema["enum"])
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    name = schema.get("type", "")
    name = " or ".join(name) if isinstance(name, list) else name
    if name == "array":
        return f"list of {kind(resolved(schema['items'], common), common)}"
    if name == "object":
        return "mapping"
    if "minimum" in schema and name == "integer":
        return f"{schema['minimum']} to {schema['maximum']}"
    return {"string": "text", "boolean": "true or false"}.get(name, name)


def tables() -> str:
    """All tables, one per top-level key."""
    common = load("common")
    parts = []
    for key in KEYS:
        schema = load(key)
        parts.append(f"### {key}\n\n{schema['description']}\n\n| key | value | meaning |\n|---|---|---|")
        found = list(rows(key, schema, common, required=False))[1:]
        parts.append("\n".join(f"| `{path}` | {value} | {meaning} |" for path, value, meaning in found) + "\n")
    return "\n".join(parts)


def page(text: str) -> str:
    """The page with the tables of today. Raises ValueError when the page has no place for them."""
    before, begun, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not begun or not ended:
        raise ValueError(f"{PAGE.name} lacks the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{tables()}\n{END}{after}"


def main() -> int:
    """Write or compare."""
    parser = argparse.ArgumentParser(prog="python -m tools.schema_docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when the page is not up to date")
    options = parser.parse_args()
    text = PAGE.read_text(encoding="utf-8")
    wanted = page(text)
    if options.check and wanted != text:
        print("docs/intent.md is not what the schemas say: run python -m tools.schema_docs", file=sys.stderr)
        return 1
    if not options.check:
        PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
