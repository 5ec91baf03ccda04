"""Today's release on what earlier ones published: it goes on from there, and everything they promised still holds."""

import json
import tarfile
from pathlib import Path

from pipeline.site.built_page import web_dir
from tests.support.versions import check_site, publish_folder
from tests.support.workshop import Workshop

FIXTURES = Path(__file__).parents[1] / "fixtures"
NAME = "mnist-softmax"
OLDER = FIXTURES / "versions" / NAME / "fe85addc0590"
FORMER_SITE = FIXTURES / "sites" / "november-2026.tar.gz"


def test_a_version_of_the_first_release_is_the_baseline_and_can_be_returned_to(
    workshop: Workshop,
) -> None:
    site = workshop.folder / "site"
    publish_folder(OLDER, site, web_dir(), workshop.folder / "exported_models")
    assert check_site(site) == {NAME: OLDER.name}

    # It was trained on thirty times as many images, so the gate that compares both must be told to let this one pass.
    refused = workshop.build("--name", NAME, "--json")
    assert refused.returncode == 3
    assert OLDER.name in next(gate["detail"] for gate in json.loads(refused.stdout)["gates"] if not gate["passed"])
    assert check_site(site) == {NAME: OLDER.name}

    built = workshop.build("--name", NAME, "--baseline-margin", "1", "--json")
    assert built.returncode == 0, built.stderr
    version = json.loads(built.stdout)["version"]
    assert check_site(site) == {NAME: version}

    assert workshop.run("rollback", NAME).returncode == 0
    assert check_site(site) == {NAME: OLDER.name}
    again = workshop.build("--name", NAME, "--baseline-margin", "1", "--json")
    assert json.loads(again.stdout)["held"]["version"] == version
    history = json.loads(workshop.run("versions", "history", NAME, "--json").stdout)
    assert [period["version"] for period in history["history"]] == [OLDER.name, version, OLDER.name]
    checked = workshop.run("check", "site")
    assert checked.returncode == 0, checked.stdout


def test_a_site_of_the_former_release_keeps_what_open_pages_and_pinned_snippets_ask_for(workshop: Workshop) -> None:
    site = workshop.folder / "site"
    with tarfile.open(FORMER_SITE) as archive:
        archive.extractall(site, filter="data")
    kept = {path: path.read_bytes() for path in (site / "assets").rglob("*") if path.is_file()}
    kept |= {path: path.read_bytes() for path in (site / "models" / NAME).glob("*/**/*") if path.is_file()}
    assert kept

    built = workshop.build("--name", NAME, "--json")
    assert built.returncode == 0, built.stderr
    assert check_site(site) == {NAME: json.loads(built.stdout)["version"]}
    assert {path: path.read_bytes() for path in kept} == kept
