"""docs/ describes manifest.json as the types do, and as real manifests are."""

import json
from pathlib import Path

import pytest

from tests.support.manifest_schema import PAGE, SCHEMA, page, schema

ROOT = Path(__file__).parents[2]
MANIFESTS = sorted((ROOT / "exported_models/example").rglob("manifest.json"))


def test_the_schema_and_the_page_are_what_the_types_say() -> None:
    written = (json.loads(SCHEMA.read_text()), PAGE.read_text())
    assert written == (schema(), page()), "run `python -m tests.support.manifest_schema`"


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.parent.name)
def test_a_committed_manifest_is_valid(path: Path) -> None:
    import jsonschema

    jsonschema.validate(json.loads(path.read_text()), schema())
