# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schemas at work: is an intent of the right shape, and if not, what is wrong where.

Two validators share one set of files: fastjsonschema (compiled once, for the common case that all is well) and
jsonschema (slower, finds every fault and says where).
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import fastjsonschema
import jsonschema

from ansible_collections.fairway.backbone.plugins.module_utils.intent import names
from ansible_collections.fairway.backbone.plugins.module_utils.intent.errors import IntentError, Key, shown
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import KEYS, REQUIRED_KEYS, Intent
from ansible_collections.fairway.backbone.plugins.plugin_utils.render import COLLECTION

Schema = dict[str, Any]


@functools.cache
def load_schema(key: str) -> Schema:
    """The schema of a top-level key, with the shared definitions of common.json in it."""
    folder = COLLECTION / "schemas"
    common = json.loads((folder / "common.json").read_text(encoding="utf-8"))
    schema = json.loads((folder / f"{key}.json").read_text(encoding="utf-8"))
    merged = {**schema, "$defs": {**common["$defs"], **schema.get("$defs", {})}}
    return cast(Schema, _local_references(merged))


def _local_references(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: value.removeprefix("common.json") if key == "$ref" else _local_references(value)
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [_local_references(item) for item in node]
    return node


@functools.cache
def _fast(key: str) -> Callable[[Any], Any]:
    # fastjsonschema knows drafts up to 7; what the schemas use means the same there.
    schema = {name: value for name, value in load_schema(key).items() if name not in ("$schema", "$id")}
    return cast("Callable[[Any], Any]", fastjsonschema.compile(schema, use_default=False))


@functools.cache
def _thorough(key: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(_strict_ends(load_schema(key)))


def _strict_ends(node: Any) -> Any:
    """Patterns for Python: its `$` would let a line break pass at the very end. No pattern has a `$` elsewhere."""
    if isinstance(node, dict):
        return {
            key: value.replace("$", "\\Z") if key == "pattern" and isinstance(value, str) else _strict_ends(value)
            for key, value in node.items()
        }
    return [_strict_ends(item) for item in node] if isinstance(node, list) else node


def normal(value: Any) -> Any:
    """Plain data of what Ansible or YAML made: text keys, str, int, bool, list, dict; 9000.0 is 9000."""
    # The common types first: this looks at every value of every router.
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if kind is dict:
        return {str(key): normal(item) for key, item in value.items()}
    if isinstance(value, Mapping):
        return {str(key): normal(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [normal(item) for item in value]
    if isinstance(value, bool):
        return bool(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    return str(value)


def check_shape(router: str, intent: Intent) -> list[IntentError]:
    """Everything about one intent that the schemas refuse; the empty list when it is fine. `intent` is normal()."""
    errors: list[IntentError] = []
    for key in REQUIRED_KEYS:
        if key not in intent:
            errors.append(
                IntentError(router, (key,), "nothing", f"the key {key} for every router", f"{key}: see docs/intent.md")
            )
    if names.platform_of(intent.get("ansible_network_os")) is None:
        errors.append(
            IntentError(
                router,
                ("ansible_network_os",),
                shown(intent["ansible_network_os"]) if "ansible_network_os" in intent else "nothing",
                "a platform this collection knows",
                "ansible_network_os: junos, or frr",
            )
        )
    for key in KEYS:
        if key not in intent:
            continue
        try:
            _fast(key)(intent[key])
        except fastjsonschema.JsonSchemaValueException as error:
            found = list(_explain_all(router, key, intent[key]))
            # The two validators agree but for what neither's tests know of: then the first one's word stands.
            errors += found or [
                IntentError(
                    router, (key,), error.message.partition(" must ")[0], "what docs/intent.md says", "see there"
                )
            ]
    return errors


def _explain_all(router: str, key: str, value: Any) -> Iterator[IntentError]:
    for error in _thorough(key).iter_errors(value):
        yield from _explain(router, (key, *error.absolute_path), error)


def _explain(router: str, path: Key, error: jsonschema.ValidationError) -> Iterator[IntentError]:
    kind, rule = error.validator, cast(Any, error.validator_value)
    schema, instance = cast(Schema, error.schema), cast(Any, error.instance)
    if kind == "additionalProperties":
        known = schema.get("properties", {})
        for name in sorted(set(instance) - set(known)):
            listed = ", ".join(sorted(known))
            near = names.nearest(name, known)
            yield IntentError(
                router,
                (*path, name),
                "a key that is not known",
                f"one of: {listed}",
                near if near is not None else f"nothing: remove {name}, or put it where it belongs",
            )
    elif kind == "required":
        if isinstance(instance, dict):
            for name in rule:
                if name not in instance:
                    about = schema.get("properties", {}).get(name, {}).get("description", "see docs/intent.md")
                    yield IntentError(
                        router, (*path, name), "nothing", f"the key {name}: {_sentence(about)}", f"{name}:"
                    )
    elif kind == "oneOf":
        allowed = [name for choice in rule for name in choice.get("required", ())]
        present = [name for name in allowed if isinstance(instance, dict) and name in instance]
        choices = " or ".join(allowed)
        there = " and ".join(present) or f"neither {choices.replace(' or ', ' nor ')}"
        yield IntentError(router, path, there, f"one of: {choices}", f"exactly one of {choices}")
    elif "propertyNames" in error.absolute_schema_path:
        yield IntentError(
            router,
            path,
            f"the name {shown(error.instance)}",
            _sentence(_about(error)),
            _example(schema, "another name"),
        )
    else:
        yield IntentError(router, path, shown(error.instance, path), _wanted(error), _write(error))


def _wanted(error: jsonschema.ValidationError) -> str:
    about = _sentence(_about(error))
    rule = error.validator_value
    limits = {
        "minimum": f"at least {rule}",
        "maximum": f"at most {rule}",
        "maxLength": f"at most {rule} characters",
        "minItems": f"at least {rule} item",
        "maxItems": f"at most {rule} items",
        "minProperties": f"at least {rule} entry",
        "uniqueItems": "every item once",
        "const": f"only {shown(rule)}",
    }
    if error.validator == "enum":
        return "one of: " + ", ".join(map(str, cast("list[Any]", rule)))
    if error.validator == "type":
        kinds = [rule] if isinstance(rule, str) else list(cast("list[str]", rule))
        return f"{' or '.join(_KINDS[kind] for kind in kinds)}: {about}"
    limit = limits.get(str(error.validator))
    return about if limit is None else f"{limit}: {about}"


_KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}


def _about(error: jsonschema.ValidationError) -> str:
    schema = cast(Schema, error.schema)
    if error.parent is not None and "description" not in schema:
        schema = cast(Schema, error.parent.schema)
    return str(schema.get("description", "what docs/intent.md says"))


def _sentence(text: str) -> str:
    """The first sentence of a description, as a part of another one."""
    first = text.partition(". ")[0].rstrip(".")
    return first if first[1:2].isupper() else first[:1].lower() + first[1:]


def _write(error: jsonschema.ValidationError) -> str:
    rule, value = error.validator_value, error.instance
    if error.validator in ("minItems", "minProperties"):
        return "one or more"
    if error.validator == "enum":
        return names.choice_text(str(value), [str(item) for item in cast("list[Any]", rule)])
    if error.validator in ("minimum", "maximum", "const"):
        return shown(rule)
    if error.validator == "type" and rule == "integer" and isinstance(value, str) and value.isdigit():
        return f"{value}, without quotes"
    if error.validator == "type" and rule == "array" and isinstance(value, str | int):
        return "a list, in brackets or with one dash per line"
    return _example(cast(Schema, error.schema), "a value of that form")


def _example(schema: Schema, otherwise: str) -> str:
    """An example from the schema, when it has one."""
    examples = schema.get("examples")
    return f"such as {examples[0]}" if examples else otherwise
