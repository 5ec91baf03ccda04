"""docs/manifest.schema.json and docs/manifest.md, written from the types of the
manifest, comments included.

Run `python -m tests.support.manifest_schema` after changing
`pipeline/versions/manifest.py` or a record that it uses;
tests/versions/test_manifest.py fails until then.
"""

import ast
import dataclasses
import inspect
import json
import re
import textwrap
import types
import typing
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pipeline.preprocessing.apply import DRAWING_STEPS, IMAGE_STEPS
from pipeline.preprocessing.steps import Function
from pipeline.records import Evaluation, Familiarity
from pipeline.versions.history import History
from pipeline.versions.images import Reference
from pipeline.versions.manifest import Manifest

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA, PAGE = DOCS / "manifest.schema.json", DOCS / "manifest.md"
# JSON files beside a model: type → fields that stay in the run's folder, or are a file
# of their own.
_FILES: dict[type[Any], tuple[str, ...]] = {
    Evaluation: ("probabilities_path", "familiarity"), Familiarity: ("path",), History: (), Reference: (),
}  # fmt: skip
_STEPS = {"DrawingStep": DRAWING_STEPS, "ImageStep": IMAGE_STEPS}
_FEW = 7  # keys of a type that is a paragraph, not a table
_SCALARS = {str: "string", int: "integer", float: "number", bool: "boolean"}


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of manifest.json, with the types of the JSON
    files that it names.
    """
    definitions: dict[str, Any] = {}
    root = _object(Manifest, definitions)
    for name, steps in _STEPS.items():
        definitions[name] = {"anyOf": [_step(*step) for step in steps.items()]}
        definitions["Preprocess"]["properties"][name.removesuffix("Step").lower()][
            "items"
        ] = {"$ref": f"#/$defs/{name}"}
    for kind, left_out in _FILES.items():
        definitions[kind.__name__] = _object(kind, definitions, left_out)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "manifest.json of an exported version",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def page() -> str:
    """docs/manifest.md."""
    whole = schema()
    own: dict[str, Any] = {}
    _object(Manifest, own)
    parts = [
        "# manifest.json\n\nEvery exported version has a `manifest.json`: the only way"
        " that facts cross from Python to JavaScript. Readers must ignore keys that"
        " they do not know, because newer releases may add some. A key that is not"
        " required may be missing or null. [manifest.schema.json](manifest.schema.json)"
        " says the same as a JSON Schema. Both are generated from"
        " `pipeline/versions/manifest.py` by `python -m tests.support.manifest_schema`."
    ]
    for name, definition in {
        "The manifest": whole,
        **dict(sorted(own.items())),
    }.items():
        keys = [_key(definition, key) for key in definition["properties"]]
        if len(keys) > _FEW:
            rows = [
                f"| {name} | {kinds} | {'yes' if required else ''} | {about} |"
                for name, kinds, required, about in keys
            ]
            table = "\n".join(
                ["| key | type | required | meaning |", "|---|---|---|---|", *rows]
            )
            parts.append(f"## {name}\n\n{definition['description']}\n\n{table}")
        else:
            sentences = [_sentence(*key) for key in keys]
            parts.append(
                f"## {name}\n\n"
                + textwrap.fill(
                    " ".join([definition["description"], *sentences]),
                    120,
                    break_on_hyphens=False,
                )
            )
    return "\n\n".join(parts) + "\n"


def _key(definition: dict[str, Any], key: str) -> tuple[str, str, bool, str]:
    """A key's name, its types, whether it is required, and its meaning."""
    value, required = definition["properties"][key], key in definition["required"]
    kinds = _name(value) if required else _name(value).removesuffix(" or null")
    return f"`{key}`", kinds, required, value.get("description", "")


def _sentence(name: str, kinds: str, required: bool, about: str) -> str:
    """A key in a type of few."""
    return f"**{name}** ({kinds}{'' if required else ', optional'})" + (
        f": {about}." if about else "."
    )


def _name(value: dict[str, Any]) -> str:
    if "anyOf" in value:
        return " or ".join(_name(one) for one in value["anyOf"])
    if "$ref" in value:
        name = value["$ref"].rpartition("/")[2]
        return "object" if name in _STEPS else f"[{name}](#{name.lower()})"
    if "enum" in value:
        return ", ".join(f"`{json.dumps(one)}`" for one in value["enum"])
    if value.get("type") == "array":
        return f"list of {_name(value['items'])}".replace(" or ", "/")
    if isinstance(value.get("additionalProperties"), dict):
        return f"object of {_name(value['additionalProperties'])}"
    return str(value.get("type", "anything"))


def _step(name: str, function: Function) -> dict[str, Any]:
    keys = inspect.signature(function).parameters.values()
    found = {
        key.name: _value(key.annotation, {})
        for key in keys
        if key.kind is key.KEYWORD_ONLY
    }
    return {
        "type": "object",
        "properties": {"step": {"enum": [name]}, **found},
        "required": ["step", *found],
    }


def _object(
    kind: type[Any], definitions: dict[str, Any], left_out: tuple[str, ...] = ()
) -> dict[str, Any]:
    hints, comments = typing.get_type_hints(kind), _comments(kind)
    properties, required = {}, []
    for field in dataclasses.fields(kind):
        if field.name in left_out:
            continue
        has_default = (
            field.default is not dataclasses.MISSING
            or field.default_factory is not dataclasses.MISSING
        )
        if not has_default:
            required.append(field.name)
        value = _value(hints[field.name], definitions)
        if has_default and {"type": "null"} not in value.get("anyOf", []):
            # the reader takes null for the default
            value = {"anyOf": [value, {"type": "null"}]}
        properties[field.name] = value | (
            {"description": comments[field.name]} if field.name in comments else {}
        )
    return {
        "description": " ".join(inspect.getdoc(kind).split()),  # type: ignore[union-attr]
        "type": "object",
        "properties": properties,
        "required": required,
    }


def _value(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return {"anyOf": [_value(one, definitions) for one in args]}
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        if kind.__name__ not in definitions:
            definitions[kind.__name__] = {}
            definitions[kind.__name__] = _object(kind, definitions)
        return {"$ref": f"#/$defs/{kind.__name__}"}
    if origin is Literal:
        return {"enum": list(args)}
    if origin is tuple:
        items = [_value(one, definitions) for one in args if one is not Ellipsis]
        if args[-1] is Ellipsis:
            return {"type": "array", "items": items[0]}
        return {
            "type": "array",
            "items": items[0],
            "minItems": len(items),
            "maxItems": len(items),
        }
    if origin is list:
        return {"type": "array", "items": _value(args[0], definitions)}
    if origin is dict:
        return {"type": "object"} | (
            {}
            if args[1] is Any
            else {"additionalProperties": _value(args[1], definitions)}
        )
    if kind is type(None):
        return {"type": "null"}
    return {"type": _SCALARS[kind]}


def _comments(kind: type[Any]) -> dict[str, str]:
    """Read the comment behind each field of a dataclass, or on the lines above it."""
    source = inspect.getsource(kind)
    lines = source.splitlines()
    comments = {}
    for node in typing.cast(ast.ClassDef, ast.parse(source).body[0]).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            behind = re.search(r"#\s*(.*)$", lines[node.lineno - 1])
            above: list[str] = []
            while (line := lines[node.lineno - 2 - len(above)].strip()).startswith("#"):
                above.insert(0, line.lstrip("# "))
            if behind or above:
                comments[node.target.id] = behind[1] if behind else " ".join(above)
    return comments


if __name__ == "__main__":
    SCHEMA.write_text(
        json.dumps(schema(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    PAGE.write_text(page(), encoding="utf-8")
