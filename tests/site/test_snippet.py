"""`pipeline versions embed`: the lines of HTML that put a model into another page."""

import base64
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pipeline.cli.main import cli
from pipeline.signing.keys import make_key, one_line
from pipeline.site.page import web_dir
from pipeline.site.snippet import Code, Source, render
from tests.support.versions import Place, typed

ROOT = Path(__file__).parents[2]
CASES = json.loads((ROOT / "tests/fixtures/snippets.json").read_text())
BASE = "https://example.org/site/"


@pytest.mark.parametrize("case", CASES)
def test_the_command_prints_the_lines_of_the_page(
    case: dict[str, Any], manifest: dict[str, Any]
) -> None:
    drawings = {"preprocess": {"drawing": [{"step": "ink"}], "image": []}}
    facts = manifest | drawings | {"noun": None} | case["facts"]
    version = typed(facts)
    pinned_code = Code(address=f"{BASE}assets/embed-0123.js", integrity="sha384-embed")
    pinned_model = Source(
        address=f"{BASE}models/digits/0123456789ab/manifest.json",
        integrity="sha384-manifest",
    )
    pinned = render(version, pinned_code, pinned_model)
    assert pinned.split("\n") == case["pinned"]
    latest_code = Code(address=f"{BASE}embed.js", integrity=None)
    latest_model = Source(address=f"{BASE}models/digits/latest.json")
    latest = render(version, latest_code, latest_model)
    assert latest.split("\n") == case["latest"]


@pytest.fixture
def published(place: Place) -> Place:
    """A site with a live version and the built modules."""
    place.publish(b"weights")
    shutil.copy(web_dir() / "integrity.json", place.site)
    return place


def embed(place: Place, *arguments: str, code: int = 0) -> str:
    """Return what `pipeline versions embed` prints for the site, once it ended with `code`."""
    command = ["versions", "embed", *arguments, "--site", str(place.site)]
    done = CliRunner().invoke(cli, command)
    assert done.exit_code == code, done.output
    return done.output


def hash_of(path: Path) -> str:
    digest = hashlib.sha384(path.read_bytes()).digest()
    return f"sha384-{base64.b64encode(digest).decode()}"


def test_without_a_key_code_and_version_are_pinned(published: Place) -> None:
    [manifest] = (published.site / "models/digits").glob("*/manifest.json")
    pins = json.loads((published.site / "integrity.json").read_text())
    html = embed(published, "digits", "--base-url", BASE)
    assert f'src="{BASE}models/digits/{manifest.parent.name}/manifest.json"' in html
    assert f'integrity="{hash_of(manifest)}"' in html
    assert f'src="{BASE}{pins["embed.js"]["path"]}"' in html
    assert f'integrity="{pins["embed.js"]["integrity"]}"' in html


def test_with_a_key_the_code_is_pinned_and_the_model_follows_its_owner(
    published: Place, tmp_path: Path
) -> None:
    private = tmp_path / "key.pem"
    line = one_line(make_key(private))
    arguments = ("digits", "--base-url", BASE, "--key", f"{private}.pub")
    refusal = embed(published, *arguments, code=2)
    assert "which this key has not signed. Sign it first: `pipeline sign" in refusal

    published.run("sign", "digits", "--key", str(private))
    html = embed(published, *arguments)
    assert f'src="{BASE}models/digits/latest.json"\n  key="{line}"' in html
    assert html.count("integrity=") == 1


def test_what_cannot_be_embedded_is_refused_with_the_next_step(
    published: Place,
) -> None:
    without_address = embed(published, "digits", code=2)
    assert "Pass it: --base-url https://example.org/site/" in without_address
    both = embed(published, "digits", "--latest", "--key", "x", code=2)
    assert "Pass --key or --latest, not both." in both
    assert "Published: digits" in embed(published, "other", code=6)
    (published.site / "integrity.json").unlink()
    no_hashes = embed(published, "digits", "--base-url", BASE, code=6)
    assert "integrity.json" in no_hashes
    assert "Publish again: `pipeline build`" in no_hashes
