"""Each file of a complete site is changed in turn:

`pipeline check` finds it, or says that nobody vouches for it.
"""

import json
import os
import random
import shutil
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pipeline.checking.check import check_target
from pipeline.signing.signer import Signer
from pipeline.site.compress import is_copy
from pipeline.site.page import web_dir
from pipeline.site.releases import pin_version
from pipeline.site.serve import make_server
from pipeline.system.json_records import dump_json
from pipeline.system.locks import LOCK_NAME
from pipeline.system.progress import silent
from tests.support.checked import make_sealed
from tests.support.hosts import running
from tests.support.tampering import live
from tests.support.versions import Place, make_web, publish_folder

RECORD = "page.json"
# Files whose content only the owner knows: the order of models, titles, times, pins.
# They are named, whatever they say.
OWNERS = {
    *("models/index.json", ".keras-web-pipeline"),
    *(
        f"models/{name}/{file}.json"
        for name in ("digits", "other")
        for file in ("history", "settings", "latest")
    ),
}


def flip_middle(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def add_blank(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" ")


CHANGES: dict[str, Callable[[Path], object]] = {
    "a bit in the middle": flip_middle,
    "a blank at the end": add_blank,
    "emptied": lambda path: path.write_bytes(b""),
    "deleted": Path.unlink,
}


@pytest.fixture(scope="module")
def original(key: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built page with two models, one with a title and two versions, signed for a
    month and hosted somewhere.
    """
    place = Place(tmp_path_factory.mktemp("original"))
    for name, seed in (("other", 3), ("digits", 1), ("digits", 2)):
        titled = {"title": "My digits"} if name == "digits" else {}
        version = make_sealed(
            place.out, random.Random(seed).randbytes(2000), name=name, **titled
        )
        options = {
            "signer": Signer.read(key),
            "base_url": "https://example.org/digits/",
            "expires": 30,
        }
        publish_folder(
            version, place.site, web_dir(), place.out, progress=silent, **options
        )
    pin_version(
        place.site,
        place.out,
        "digits",
        version.name if name == "digits" else live(place.site).name,
    )
    return place.site


@pytest.fixture
def site(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "site"))


def test_no_two_files_are_one_where_case_is_ignored(site: Path) -> None:
    names = [relative(site, path) for path in files_of(site)]
    assert (
        len({unicodedata.normalize("NFC", name).casefold() for name in names})
        == len(names)
        > 200
    )


def without_copies(site: Path) -> Path:
    for path in files_of(site):
        if is_copy(path):
            path.unlink()
    return site


def files_of(site: Path) -> list[Path]:
    """All that is published: locks are no files of a site."""
    return sorted(
        path for path in site.rglob("*") if path.is_file() and path.name != LOCK_NAME
    )


def relative(site: Path, path: Path | str) -> str:
    return Path(path).relative_to(site).as_posix()


def outcome(site: Path) -> tuple[list[str], list[str]]:
    """The paths of the problems and of what nobody vouches for, from the site."""
    report = check_target(str(site))
    return [relative(site, path) for path, _ in report.problems], [
        relative(site, path) for path, _ in report.unvouched
    ]


@contextmanager
def changed(site: Path, path: Path, change: str) -> Iterator[bool]:
    """Change a file, and put it back at the end; False if that changes nothing."""
    content, times = path.read_bytes(), path.stat()
    elsewhere = site.parent / "elsewhere"
    if change == "a link":
        elsewhere.write_bytes(content)
        path.unlink()
        path.symlink_to(elsewhere)
    elif content or change in ("a blank at the end", "deleted"):
        CHANGES[change](path)
    yield change == "a link" or not path.exists() or path.read_bytes() != content
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def speaking_of(site: Path, path: Path) -> str:
    """The name under which a file is reported:

    for a signature that is gone, the manifest that it vouched for.
    """
    name = relative(site, path)
    return (
        f"{name.removesuffix('.sig')}/manifest.json"
        if path.suffix == ".sig" and not path.exists()
        else name
    )


def is_noticed(site: Path, path: Path) -> bool:
    """Return whether something is wrong, or the file is named and is one of those that
    no manifest or release knows.
    """
    problems, unvouched = outcome(site)
    unknown = relative(site, path) in OWNERS or is_copy(path) or path.suffix == ".sig"
    # as in earlier releases
    unknown |= path.name == "latest.json" or (path.name == RECORD and not path.exists())
    return bool(problems) or (unknown and speaking_of(site, path) in unvouched)


def sweep(site: Path, cases: list[tuple[Path, str]]) -> list[str]:
    """The changes of single files that go unnoticed, or are merely named although
    somebody vouches for the file.
    """
    unnoticed = []
    for path, change in cases:
        with changed(site, path, change) as is_changed:
            if is_changed and not is_noticed(site, path):
                unnoticed.append(f"{change}: {relative(site, path)}")
    return unnoticed


KINDS = [*CHANGES, "a link"]


def test_an_untouched_site_passes_and_names_only_what_is_its_owners(
    site: Path, key: Path
) -> None:
    owners = OWNERS - {".keras-web-pipeline"}
    report = check_target(str(site), key=f"{key}.pub")
    assert (
        report.problems,
        {relative(site, path) for path, _ in report.unvouched},
    ) == ([], owners)
    problems, unvouched = outcome(without_copies(site))
    assert (problems, {path for path in unvouched if not path.endswith(".sig")}) == (
        [],
        owners,
    )


@pytest.mark.parametrize("copies", [True, False])
def test_a_sample_of_changed_files_is_found(copies: bool, site: Path) -> None:
    if not copies:
        without_copies(site)
    tops = [
        path for path in files_of(site) if path.parent == site and not is_copy(path)
    ]
    others = [path for path in files_of(site) if path not in tops]
    chosen = random.Random(copies).sample(others, 10)
    cases = [
        (path, KINDS[number % len(KINDS)])
        for number, path in enumerate([*tops, *chosen])
    ]
    assert sweep(site, cases) == []


@pytest.mark.all_only
@pytest.mark.parametrize("change", KINDS)
@pytest.mark.parametrize("copies", [True, False])
def test_every_changed_file_is_found(copies: bool, change: str, site: Path) -> None:
    if not copies:
        without_copies(site)
    assert sweep(site, [(path, change) for path in files_of(site)]) == []


def pairs_of(
    site: Path, count: int, seed: int
) -> list[tuple[tuple[Path, str], tuple[Path, str]]]:
    """Pairs in which somebody who speaks for other files is silenced, and random ones."""
    chance, files = random.Random(seed), files_of(site)
    speakers = [
        site / RECORD,
        site / "integrity.json",
        site / "index.html",
        site / "models" / "index.json",
    ]
    pairs = []
    for number in range(count):
        one = chance.choice(speakers if number % 2 else files)
        other = chance.choice([path for path in files if path != one])
        pairs.append(((one, chance.choice(KINDS)), (other, chance.choice(KINDS))))
    return pairs


def unnoticed_pairs(site: Path, count: int, seed: int) -> list[str]:
    """Pairs that pass although one of their files is not named."""
    missed = []
    for (one, how), (other, also) in pairs_of(site, count, seed):
        with changed(site, one, how) as first, changed(site, other, also) as second:
            problems, unvouched = outcome(site)
            names = {
                speaking_of(site, path)
                for path, did in ((one, first), (other, second))
                if did
            }
            if not problems and not names <= {*unvouched}:
                missed.append(f"{how}: {one}, {also}: {other}")
    return missed


def test_a_sample_of_changed_pairs_is_found(site: Path) -> None:
    assert unnoticed_pairs(site, 12, 1) == []


@pytest.mark.all_only
@pytest.mark.parametrize("copies", [True, False])
def test_many_changed_pairs_are_found(copies: bool, site: Path) -> None:
    if not copies:
        without_copies(site)
    assert unnoticed_pairs(site, 300, 2 + copies) == []


FOREIGN = [
    *(
        "evil.js",
        "assets/evil.js",
        "assets/evil-abcdefgh.js",
        "models/notes.txt",
        "models/digits/notes.txt",
    ),
    *(
        ".htaccess",
        ".well-known/security.txt",
        "photos/cat.jpg",
        "notes.gz",
        "models/digits/.hidden",
    ),
    *("models/Thesis/chapter.tex", "models/thesis/0123456789ab/chapter.tex"),
]


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_file_is_named(name: str, site: Path) -> None:
    (site / name).parent.mkdir(parents=True, exist_ok=True)
    (site / name).write_text("of somebody")
    problems, unvouched = outcome(site)
    assert name in [*problems, *unvouched]


LATEST, INDEX, LIVE = (
    "models/digits/latest.json",
    "models/index.json",
    "models/digits/VERSION",
)


def change_row(**changes: str) -> Callable[[Any], object]:
    """Change the row of the model that has a title, which is the first."""
    return lambda index: index["models"][0].update(changes)


WRONG, NAMED, OWNER = "a problem", "named and unexpected", "named as on every site"
# what is changed → its file, the change of its values (None: the file is new), what a
# check makes of it
ALTERED: dict[str, tuple[str, Callable[[Any], object] | None, str]] = {
    "a foreign page": (f"{LIVE}/evil.html", None, NAMED),
    "a foreign script": (f"{LIVE}/load.js", None, NAMED),
    "foreign weights": (f"{LIVE}/layers-float32/group9.bin", None, NAMED),
    "a hidden file": (f"{LIVE}/.hidden", None, NAMED),
    "a file in a hidden folder": (f"{LIVE}/.git/config", None, NAMED),
    "a file in a new folder": (f"{LIVE}/notes/a.txt", None, NAMED),
    "another title": (INDEX, change_row(title="Evil"), WRONG),
    "a title where there is none": (
        INDEX,
        lambda index: index["models"][1].update(title="Evil"),
        WRONG,
    ),
    "no title": (INDEX, lambda index: index["models"][0].pop("title"), NAMED),
    "another path": (INDEX, change_row(path="other/latest.json"), WRONG),
    "another address": (
        INDEX,
        lambda index: index.update(base_url="https://example.com/"),
        WRONG,
    ),
    "no address": (INDEX, lambda index: index.pop("base_url"), WRONG),
    "an address that is none": (
        INDEX,
        lambda index: index.update(base_url="javascript:1"),
        WRONG,
    ),
    "another period": (INDEX, lambda index: index.update(expires_days=99), OWNER),
    "a key more in the list": (INDEX, lambda index: index.update(more=1), NAMED),
    "a key more in a row": (INDEX, change_row(more="1"), NAMED),
    "a key more in the pointer": (
        LATEST,
        lambda pointer: pointer.update(more=1),
        NAMED,
    ),
    "a key more in its manifest": (
        LATEST,
        lambda pointer: pointer["manifest"].update(more=1),
        WRONG,
    ),
    "an empty key more in its manifest": (
        LATEST,
        lambda pointer: pointer["manifest"].update(more=None),
        NAMED,
    ),
    "a key less in its manifest": (
        LATEST,
        lambda pointer: pointer["manifest"].pop("judging"),
        NAMED,
    ),
    "a key less in its format": (
        LATEST,
        lambda pointer: pointer["manifest"]["formats"][0].pop("bytes"),
        WRONG,
    ),
    "a pointer without manifest": (
        LATEST,
        lambda pointer: pointer.pop("manifest"),
        NAMED,
    ),
    "a pointer as in a store": (
        LATEST,
        lambda pointer: [pointer.pop(key) for key in ("manifest", "expires")],
        NAMED,
    ),
    "a pointer without an end": (LATEST, lambda pointer: pointer.pop("expires"), NAMED),
    "a pointer with another end": (
        LATEST,
        lambda pointer: pointer.update(expires="2999-01-01T00:00:00Z"),
        OWNER,
    ),
    "a file less in the record": (RECORD, lambda record: record.pop("load.js"), NAMED),
    "a record of nothing": (RECORD, lambda record: record.clear(), NAMED),
}


@pytest.mark.parametrize(("name", "change", "expected"), ALTERED.values(), ids=ALTERED)
def test_what_is_altered_is_a_problem_or_named_and_the_first_line_says_so(
    name: str, change: Callable[[Any], object] | None, expected: str, site: Path
) -> None:
    path = site / name.replace("VERSION", live(site).name)
    path.parent.mkdir(exist_ok=True)
    values: Any = json.loads(path.read_bytes()) if change else None
    if change:
        change(values)
    path.write_text(
        dump_json(values, compact=path.name == "latest.json" and "manifest" in values)
        if change
        else "x"
    )
    report = check_target(str(without_copies(site)))
    wrong, named = (
        {file for file, _ in rows} for rows in (report.problems, report.unvouched)
    )
    found = (
        WRONG
        if wrong
        else (
            NAMED
            if str(path) in report.unexpected
            else OWNER
            if str(path) in named
            else "in no row"
        )
    )
    assert found == expected
    count = 1 if expected == NAMED else 0
    if not wrong:
        first = str(report).partition("\n")[0]
        assert first.endswith(
            f"checks passed; {len(named)} files not vouched for, {count} unexpected"
        )
        assert report.as_json()["unexpected"] == [str(path)] * count


def test_a_hidden_file_in_a_version_is_named_where_the_version_is_checked_alone(
    site: Path,
) -> None:
    (live(site) / ".hidden").write_text("x")
    assert check_target(str(live(site))).unexpected == {str(live(site) / ".hidden")}


def test_a_folder_that_is_a_link_is_found(site: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (site / "photos").symlink_to(tmp_path / "photos")
    assert outcome(site)[0] == ["photos"]


def test_a_pipe_is_found_for_what_it_is(site: Path) -> None:
    os.mkfifo(site / "pipe")
    assert [wrong for _, wrong in check_target(str(site)).problems] == ["is not a file"]


def test_a_missing_copy_of_an_unsigned_manifest_is_named_too(site: Path) -> None:
    copy = live(site) / "manifest.json.gz"
    for path in (live(site).with_suffix(".sig"), copy):
        path.unlink()
    assert relative(site, copy) in outcome(site)[1]


def test_silencing_the_pins_does_not_end_the_comparison_of_the_code(site: Path) -> None:
    without_copies(site)
    for silenced in (RECORD, "integrity.json"):
        (site / silenced).unlink()
    for name in (
        "embed.js",
        "load.js",
        "frame.js",
        "frame.html",
        "embed.html",
        "preview.png",
        "sw.js",
    ):
        with changed(site, site / name, "a bit in the middle"):
            problems, unvouched = outcome(site)
            assert name in [*problems, *unvouched], name


def test_an_address_that_the_page_does_not_say_is_found(site: Path) -> None:
    index = site / "models" / "index.json"
    index.write_text(
        index.read_text().replace("https://example.org/", "https://example.com/")
    )
    assert "index.html" in outcome(without_copies(site))[0]


def test_the_page_of_another_release_is_named_and_found_once_it_changes(
    tmp_path: Path,
) -> None:
    place = Place(tmp_path)
    make_web(place.web)
    publish_folder(make_sealed(place.out), place.site, place.web, place.out)
    problems, unvouched = outcome(place.site)
    assert problems == []
    assert {
        "embed.js",
        "index.html",
        "sw.js",
        "assets/LICENSES.txt",
        "assets/page-1.js",
    } <= {*unvouched}
    assert "of another release: LICENSES.txt, page-1.js" in str(
        check_target(str(place.site))
    )
    for path in files_of(place.site):
        if (
            path.relative_to(place.site).as_posix() in unvouched
            and path.name[0] != "."
            and "models" not in path.parts
        ):
            for change in ("a bit in the middle", "deleted"):
                with changed(place.site, path, change) as is_changed:
                    name = path.relative_to(place.site).as_posix()
                    assert not is_changed or name in outcome(place.site)[0], (
                        name,
                        change,
                    )


def test_over_http_every_file_that_the_site_lists_is_compared(site: Path) -> None:
    without_copies(site)
    add_blank(site / "preview.png")
    add_blank(site / "frame.html")
    with running(make_server(site, 0)) as address:
        found = [path for path, _ in check_target(address).problems]
    assert {f"{address}preview.png", f"{address}frame.html"} <= {*found}
