"""Whatever is changed on a site, `pipeline check` names the file and what is wrong with
it.
"""

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.checking.check import check_target
from pipeline.checking.findings import Report
from pipeline.errors import CheckFailed, ConfigError, DataError
from pipeline.signing.bundle import signature_path
from pipeline.signing.keys import make_key, one_line, read_public_key
from pipeline.signing.signer import Signer
from pipeline.system.json_records import dump_json, from_json
from pipeline.versions import store
from pipeline.versions.manifest import Manifest, version_id
from tests.support.checked import HISTORY, make_sealed, problems, publish_checked
from tests.support.tampering import TAMPERED, live, rewrite
from tests.support.workshop import call


@pytest.fixture(scope="module")
def original(key: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish_checked(tmp_path_factory.mktemp("original"), key).site


@pytest.fixture
def site(original: Path, tmp_path: Path) -> Path:
    """A copy of the signed site."""
    shutil.copytree(original, tmp_path / "site")
    return tmp_path / "site"


def signatures(report: Report) -> list[tuple[str, int]]:
    """The lines about signatures that were found, and their counters."""
    said = [one.detail for one in report.findings if one.check == "signature"]
    return [
        (re.split("[,;]", one)[0], int(one.rpartition(" ")[2]))
        for one in said
        if "counter" in one
    ]


def test_an_untouched_site_passes_with_and_without_the_key(
    site: Path, key: Path
) -> None:
    for trusted in (None, f"{key}.pub", one_line(read_public_key(f"{key}.pub"))):
        report = check_target(str(site), key=trusted)
        assert (report.kind, report.problems) == ("site", [])
        signed = signatures(report)
        assert len(signed) == HISTORY + 1
        assert {who for who, _ in signed} == {
            "fits the files" if trusted is None else "made with the key"
        }
        checked = {finding.check for finding in report.findings}
        assert checked == {
            "manifest",
            "files",
            "signature",
            "pointers",
            "index",
            "pins",
            "facts",
            "links",
            "copies",
        }
    highest = max(counter for _, counter in signed[:HISTORY])
    assert any(
        finding.detail.endswith(f"; highest counter {highest}")
        for finding in report.findings
    )
    copies = next(finding for finding in report.findings if finding.check == "copies")
    assert (
        copies.detail
        == f"{len([*site.rglob('*.br'), *site.rglob('*.gz')])} compressed copies equal"
        " their originals"
    )


def test_every_part_of_a_site_can_be_checked_by_itself(
    site: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = live(site)
    targets = {
        str(site): "site",
        f"{site}/": "site",
        str(site / "index.html"): "site",
        str(site / "models"): "store",
        str(folder.parent): "model",
        str(folder.parent / "latest.json"): "model",
        str(folder): "version",
        str(folder / "manifest.json"): "version",
    }
    for target, kind in targets.items():
        report = check_target(target, key=f"{key}.pub")
        assert (report.kind, report.problems) == (kind, []), target
    monkeypatch.chdir(folder)
    assert check_target(".", key=f"{key}.pub").problems == []
    made = make_sealed(site.parent / "store")
    # a store in the store, as in exported_models/ of this repository
    make_sealed(site.parent / "store" / "example")
    assert (
        check_target(str(site.parent / "store")).kind,
        problems(site.parent / "store"),
    ) == ("store", [])
    made.rename(site.parent / "export")
    Signer.read(key).sign([store.open_version(site.parent / "export")])
    exported = check_target(str(site.parent / "export"), key=f"{key}.pub")
    assert (exported.kind, exported.problems, len(signatures(exported))) == (
        "export",
        [],
        1,
    )


# Fields that were measured or noted once, and follow from nothing else in the version.
UNSAID = {
    "created",
    "environment",
    "training",
    "data",
    "gates",
    "verification",
    "confidence",
}


def different(a: dict[str, Any], b: dict[str, Any]) -> set[str]:
    return {key for key in {*a, *b} if a.get(key) != b.get(key)}


@pytest.mark.parametrize("every", [17, pytest.param(1, marks=pytest.mark.all_only)])
def test_no_digit_of_a_signed_manifest_can_be_changed(
    every: int, key: Path, tmp_path: Path
) -> None:
    folder = make_sealed(tmp_path / "store")
    path = folder / "manifest.json"
    text = path.read_text()
    assert problems(folder) == []
    unnoticed: dict[str, int] = {}
    digits = [found.start() for found in re.finditer(r"\d", text)][::every]
    for at in digits:
        path.write_text(
            changed := f"{text[:at]}{(int(text[at]) + 1) % 10}{text[at + 1 :]}"
        )
        if not problems(folder):
            for part in different(json.loads(text), json.loads(changed)) or {
                "spelling"
            }:
                unnoticed[part] = unnoticed.get(part, 0) + 1
    print(
        f"without a signature {sum(unnoticed.values())} of {len(digits)} go unnoticed:"
        f" {unnoticed}"
    )
    assert unnoticed.keys() <= UNSAID | {"spelling"}
    path.write_text(text)
    Signer.read(key).sign([store.open_version(folder)])
    for at in digits:
        path.write_text(f"{text[:at]}{(int(text[at]) + 1) % 10}{text[at + 1 :]}")
        assert problems(folder, key=f"{key}.pub"), at
        # the signature says what was there, whoever made it
        assert problems(folder), at


def forge(site: Path) -> Path:
    """Replace the live version's weights, and whatever on the site depends on them, as
    only the signer could notice.
    """
    folder = live(site)
    text = (folder / "manifest.json").read_text()
    old = json.loads(text)
    weights, evaluation = (
        folder / "layers-float32" / "group1-shard1of1.bin",
        folder / "evaluation.json",
    )
    trained = old["training"]["weights_digest"]
    weights.write_bytes(weights.read_bytes()[::-1])
    digest = hashlib.sha256(
        weights.read_bytes()
    ).hexdigest()  # of the file, and of the weights in it
    evaluation.write_text(evaluation.read_text().replace(trained, digest))
    text = text.replace(trained, digest)
    text = text.replace(
        old["files"]["evaluation"]["sha256"],
        hashlib.sha256(evaluation.read_bytes()).hexdigest(),
    )
    version = version_id(from_json(Manifest, json.loads(text), ignore_unknown=True))
    (folder / "manifest.json").write_text(text.replace(old["version"], version))
    for path in (
        site / "index.html",
        *site.glob("models/*.json"),
        *site.glob("models/digits/*.json"),
    ):
        path.write_text(
            path.read_text().replace(old["version"], version).replace(trained, digest)
        )
    record, page = site / "page.json", (site / "index.html").read_bytes()
    digests = json.loads(record.read_bytes()) | {
        "index.html": hashlib.sha256(page).hexdigest()
    }
    record.write_text(dump_json(digests))
    for suffix in (".br", ".gz"):
        for copy in site.rglob(f"*{suffix}"):
            copy.unlink()
    signature_path(folder).rename(folder.with_name(f"{version}.sig"))
    return folder.rename(folder.with_name(version))


def test_weights_changed_with_everything_that_depends_on_them_are_found_by_the_signature(
    site: Path, key: Path
) -> None:
    moved = forge(site)
    found = problems(site, key=f"{key}.pub")
    assert any(
        "group1-shard1of1.bin is not what was signed" in problem for problem in found
    )
    assert any("manifest.json is not what was signed" in problem for problem in found)
    assert all("is not what was signed" in problem for problem in found), (
        "the forgery is not a good one"
    )
    signature_path(
        moved
    ).unlink()  # the host may leave the signature out, but not forge it
    assert problems(site) == []
    [missing] = problems(site, key=f"{key}.pub")
    assert missing.endswith(".sig is missing: the key has not signed this version")
    make_key(site.parent / "stranger")
    Signer.read(site.parent / "stranger").sign([store.open_version(moved)])
    [strange] = problems(site, key=f"{key}.pub")
    assert strange.endswith(".sig was not made with the key")


def test_a_rollback_by_the_host_is_found_by_the_counter(site: Path, key: Path) -> None:
    folder = site / "models" / "digits"
    history = [
        entry["version"] for entry in json.loads((folder / "history.json").read_bytes())
    ]
    older = from_json(
        Manifest,
        json.loads((folder / history[0] / "manifest.json").read_bytes()),
        ignore_unknown=True,
    )
    (folder / "latest.json").write_text(json.dumps({"version": older.version}))
    for copy in folder.glob("latest.json.*"):
        copy.unlink()
    found = problems(site, key=f"{key}.pub")
    assert any(
        f"{older.version}.sig has a lower counter than {history[-1]}" in problem
        for problem in found
    )


@pytest.mark.parametrize(("tamper", "expected"), TAMPERED.values(), ids=TAMPERED)
def test_problems_are_named(
    tamper: Callable[[Path], object], expected: str, site: Path, key: Path
) -> None:
    tamper(site)
    found = problems(site, key=f"{key}.pub")
    assert any(re.search(expected, problem) for problem in found), found


def test_every_reference_that_leads_nowhere_is_found(site: Path) -> None:
    """From the list of models to each pointer, to the version and its files, and from
    what its owner decided.
    """
    none, index = "0123456789ab", site / "models" / "index.json"
    folder, other = site / "models" / "digits", "fedcba987654"
    rewrite(
        index,
        lambda document: document["models"].append(
            {"name": "none", "path": "none/latest.json"}
        ),
    )
    rewrite(
        folder / "history.json",
        lambda entries: entries.insert(0, {**entries[0], "version": none}),
    )
    (folder / "settings.json").write_text(json.dumps({"pinned": [other]}))
    listed = store.open_version(live(site)).manifest.listed_files
    for file in listed:
        (live(site) / file.path).unlink()
    report = check_target(str(site))
    found = {
        Path(path) for path, wrong in report.problems if wrong.startswith("is missing")
    }
    assert found >= {
        site / "models" / "none" / "latest.json",
        *(live(site) / file.path for file in listed),
    }
    said = {
        Path(path).name: why
        for path, why in report.unvouched
        if Path(path).parent == folder
    }
    assert said["history.json"].endswith(
        f"confirm, when each version was live; pruned or lost: {none}"
    )
    assert said["settings.json"].endswith(
        f"confirm, which versions are held or pinned; pruned or lost: {other}"
    )
    rewrite(
        folder / "history.json", lambda entries: entries[0].update(version="../none")
    )
    assert any(
        "history.json names no version but '../none'" in problem
        for problem in problems(site)
    )
    (live(site) / "manifest.json").unlink()
    assert any("manifest.json is missing" in problem for problem in problems(site))


def test_the_store_of_a_fresh_clone_is_clean(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    listed = ["git", "ls-files", "-z", "exported_models"]
    names = subprocess.run(listed, cwd=root, capture_output=True, check=True).stdout
    clone = tmp_path / "clone"
    for name in filter(None, names.decode().split("\0")):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, clone / name)
    report = check_target(str(clone / "exported_models"))
    assert report.kind == "store"
    assert (report.problems, report.unexpected) == ([], set())


def test_a_damaged_memory_of_a_store_is_found(site: Path) -> None:
    stored = make_sealed(site.parent / "store").parent
    (stored / "sites.json").write_text('{"../site": {"live": 7, "history": []}}')
    [problem] = problems(stored.parent)
    assert re.search(r"sites\.json .*live", problem)


def test_the_live_version_must_be_signed_and_older_ones_may_be(
    site: Path, key: Path
) -> None:
    older = [
        path
        for path in site.glob("models/digits/*.sig")
        if path != signature_path(live(site))
    ]
    assert len(older) == HISTORY - 1
    older[0].unlink()
    assert problems(site, key=f"{key}.pub") == []
    # but what was asked for must be signed
    assert len(problems(older[0].with_suffix(""), key=f"{key}.pub")) == 1


def test_unlisted_files_are_mentioned(site: Path) -> None:
    (live(site) / "notes.txt").write_text("private")
    (live(site) / ".secret").write_text("private")
    report = check_target(str(live(site)))
    assert report.passed
    assert "notes.txt  is not listed by the manifest" in str(report)
    assert [Path(path).name for path, _ in report.unvouched if "secret" in path or "notes" in path] == [
        ".secret", "notes.txt",
    ]  # fmt: skip


def test_a_link_fails_whatever_is_checked(site: Path) -> None:
    file = live(site) / "model.keras"
    file.rename(site.parent / "elsewhere")
    file.symlink_to(site.parent / "elsewhere")
    (site.parent / "linked").mkdir()
    for target in (site, live(site).parent, live(site)):
        assert any(
            "model.keras is a link" in problem for problem in problems(target)
        ), target


def test_a_file_of_any_size_is_not_read_for_copies_that_it_has_not(site: Path) -> None:
    with open(site / "video.bin", "wb") as file:
        file.truncate(2**40)
    report = check_target(str(site))
    assert report.passed
    assert any(path.endswith("video.bin") for path, _ in report.unvouched)


def test_exit_codes_lines_and_the_document(site: Path, key: Path) -> None:
    good = call("check", str(site), "--key", f"{key}.pub")
    assert (good.exit_code, good.exception) == (0, None)
    summary, *rest = good.stdout.splitlines()
    assert re.fullmatch(
        rf"{site}: site, (\d+) of \1 checks passed; \d+ files not vouched for, \d+"
        r" unexpected",
        summary,
    )
    assert {line[:16] for line in rest} == {"not vouched for:"}
    (live(site) / "README.md").unlink()
    bad = call("check", str(site))
    assert bad.exit_code == CheckFailed.exit_code
    assert re.search(r"README\.md +is missing", bad.stderr)
    assert any(line.startswith("FAIL  digits") for line in bad.stdout.splitlines())
    document = json.loads(
        call("check", str(site), "--json", "--key", f"{key}.pub").stdout
    )
    assert document.keys() >= {"target", "kind", "passed", "checks", "problems"}
    assert re.match(
        rf"{site} failed its check: \d problems\. Do not use it\. If it is yours, ",
        document["error"],
    )
    assert document["passed"] is False
    assert {"path": str(live(site) / "README.md"), "problem": "is missing"} in document[
        "problems"
    ]
    assert any(
        "made with the key" in one["detail"]
        for one in document["checks"]
        if one["check"] == "signature"
    )


def test_targets_that_cannot_be_checked_are_refused(tmp_path: Path) -> None:
    for target, next_step in (
        (tmp_path, "Pass another"),
        ("localhost:8410", "begins with http:// or https://"),
    ):
        with pytest.raises(DataError, match=f"Received.*{next_step}"):
            check_target(str(target))
    (tmp_path / "file").write_text("x")
    with pytest.raises(DataError, match="which is none of these"):
        check_target(str(tmp_path / "file"))
    with pytest.raises(ConfigError, match="A key must be a file"):
        check_target(str(tmp_path), key=str(tmp_path / "no.pub"))
