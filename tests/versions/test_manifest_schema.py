"""docs/ describes manifest.json as the types do, and as real manifests are."""

import json

from tests.support.manifest_schema import PAGE, SCHEMA, page, schema
from tests.support.versions import EXAMPLE


def test_the_schema_and_the_page_are_what_the_types_say() -> None:
    written = (json.loads(SCHEMA.read_text()), PAGE.read_text())
    assert written == (schema(), page()), "run `python -m tests.support.manifest_schema`"


def test_a_committed_manifest_is_valid() -> None:
    import jsonschema

    jsonschema.validate(json.loads((EXAMPLE / "manifest.json").read_text()), schema())
