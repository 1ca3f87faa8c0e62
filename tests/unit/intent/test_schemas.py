"""The schemas are the one place where keys are described."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from ansible_collections.fairway.backbone.plugins.module_utils.intent import check_ospf, view
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import KEYS
from ansible_collections.fairway.backbone.plugins.plugin_utils.intent_schema import load_schema
from tools import schema_docs


def nodes(schema: Any, path: str) -> list[tuple[str, dict[str, Any]]]:
    """Every schema inside a schema that describes a value."""
    found = []
    if isinstance(schema, dict):
        if "type" in schema or "$ref" in schema or "const" in schema:
            found.append((path, schema))
        for key, value in schema.items():
            found += nodes(value, f"{path}/{key}")
    return found


@pytest.mark.parametrize("key", KEYS)
def test_a_schema_is_valid_describes_everything_and_finds_typing_errors(key: str) -> None:
    schema = load_schema(key)
    jsonschema.Draft202012Validator.check_schema(schema)
    for path, node in nodes(schema, key):
        assert "description" in node or "$ref" in node, path
        if node.get("type") == "object":
            assert "additionalProperties" in node, f"{path} lets typing errors pass"
            assert node["additionalProperties"] is not True


def test_the_page_is_what_the_schemas_say() -> None:
    text = schema_docs.PAGE.read_text()
    assert schema_docs.page(text) == text, "run python -m tools.schema_docs"


def test_defaults_are_the_same_in_the_schemas_and_in_the_code() -> None:
    interface = load_schema("ospf")["properties"]["areas"]["additionalProperties"]["properties"]["interfaces"]
    said = interface["additionalProperties"]["properties"]
    assert {name: said[name]["default"] for name in check_ospf.DEFAULTS} == check_ospf.DEFAULTS
    assert load_schema("ospf")["$defs"]["bfd"]["properties"]["multiplier"]["default"] == view.DEFAULT_BFD_MULTIPLIER
