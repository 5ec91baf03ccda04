"""Operations on a site and a store, to be disturbed by `faults.sweep`, and what each
fault may leave.
"""

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from pipeline.signing.bundle import SUFFIX, read_signature
from pipeline.signing.keys import make_key
from pipeline.signing.signer import Signer, digests_of
from pipeline.site import compress
from pipeline.site.memory import MEMORY_NAME
from pipeline.site.pruning import remove_model
from pipeline.site.releases import choose_default, pin_version, release_model
from pipeline.system.files import remove_stale_temporaries
from pipeline.system.progress import silent
from pipeline.versions import store
from pipeline.versions.ownership import claimed
from tests.support.faults import CUT, Outcome, Scenario, run
from tests.support.versions import (
    Place,
    check_site,
    make_version,
    make_web,
    problems_of,
    publish_folder,
    scratch_in,
    snapshot,
)

SETTINGS = "models/digits/settings.json"
# exit code → what `check` calls it
ENDS = {
    0: "done",
    6: "refused",
    -9: "killed",
    CUT: "power cut",
}


def publication(root: Path) -> Scenario:
    """A new version and a new page over those of an earlier publication."""
    place = _place(root)
    place.publish(b"w1" * compress.LEAST)
    return _publish_second(place)


def signed_publication(root: Path) -> Scenario:
    """The same with a signature beside each version."""
    place, key = _place(root), root / "key"
    make_key(key)
    place.publish(b"w1" * compress.LEAST, key=key)
    return _publish_second(place, Signer.read(key))


def first_publication(root: Path) -> Scenario:
    """A version and a page in a folder that does not exist yet."""
    place = _place(root)
    return _publish(place, make_version(place.out, b"w1" * compress.LEAST))


def return_to_older(root: Path) -> Scenario:
    """A rollback."""
    place = _place(root)
    first = place.publish(b"w1" * compress.LEAST).version
    place.publish(b"w2" * compress.LEAST)
    return _on_site(place, lambda: place.rollback(version=first))


def release(root: Path) -> Scenario:
    """The end of a hold."""
    place = _place(root)
    place.publish(b"w1")
    place.publish(b"w2")
    place.rollback()
    return _on_site(
        place, lambda: release_model(place.site, place.out, "digits"), SETTINGS
    )


def pin(root: Path) -> Scenario:
    """A pin."""
    place = _place(root)
    version = place.publish().version
    return _on_site(
        place, lambda: pin_version(place.site, place.out, "digits", version), SETTINGS
    )


def unpin(root: Path) -> Scenario:
    """The last pin, taken off, with which the settings go."""
    place = _place(root)
    version = place.publish().version
    pin_version(place.site, place.out, "digits", version)
    return _on_site(
        place,
        lambda: pin_version(place.site, place.out, "digits", version, on=False),
        SETTINGS,
    )


def default(root: Path) -> Scenario:
    """Another model that the page opens with."""
    place = _place(root)
    place.publish(name="other")
    place.publish()
    return _on_site(
        place,
        lambda: choose_default(place.site, place.out, "other"),
        "models/index.json",
    )


def commit(root: Path) -> Scenario:
    """A new version in a store that has one."""
    out, saved = root / "out", root / "saved"
    old = make_version(out, b"w1").name
    out.rename(saved)

    def work() -> None:
        remove_stale_temporaries(out, deep=True)
        make_version(out, b"w2")

    def check(outcome: Outcome) -> str:
        pointed = store.latest(out, "digits")
        folders = {entry.name for entry in store.version_folders(out, "digits")}
        assert {old, pointed} <= folders
        assert [problems_of(out / "digits" / folder) for folder in folders] == [
            []
        ] * len(folders)
        assert run(work).code == 0
        assert scratch_in(out) == []
        return f"{_ending(outcome)}: {'old' if pointed == old else 'new'}"

    return Scenario(work, lambda: _copy(saved, out), check)


def pruning(root: Path) -> Scenario:
    """Prune two of four signed versions."""
    place, key = _place(root), root / "key"
    make_key(key)
    for n in (1, 2, 3, 4):
        place.publish(
            b"w%d" % n * compress.LEAST, key=key, created=f"2026-01-0{n}T00:00:00Z"
        )
    return _disturbed(place, lambda: place.prune(progress=silent))


def removal(root: Path) -> Scenario:
    """A model with which the page opens, beside another."""
    place = _place(root)
    for name in ("other", "digits", "digits"):
        place.publish(b"w1" * compress.LEAST, name=name)
        place.publish(b"w2" * compress.LEAST, name=name)
    return _disturbed(
        place, lambda: remove_model(place.site, place.out, "digits", progress=silent)
    )


PUBLICATIONS = (
    publication,
    first_publication,
    signed_publication,
    return_to_older,
    commit,
)
DECISIONS = (release, pin, unpin, default)
DELETIONS = (pruning, removal)


def _place(root: Path) -> Place:
    place = Place(root)
    make_web(place.web, padding=compress.LEAST)
    return place


def _publish_second(place: Place, signer: Signer | None = None) -> Scenario:
    make_web(place.web, build="2", padding=compress.LEAST)
    return _publish(place, make_version(place.out, b"w2" * compress.LEAST), signer)


def _publish(place: Place, version: Path, signer: Signer | None = None) -> Scenario:
    def work() -> None:  # as `pipeline build` does
        with claimed(place.out, "store", progress=silent):
            remove_stale_temporaries(place.out, deep=True)
            publish_folder(
                version,
                place.site,
                place.web,
                place.out,
                signer=signer,
                progress=silent,
            )

    return _on_site(place, work)


def _on_site(
    place: Place, work: Callable[[], object], pointer: str = "models/digits/latest.json"
) -> Scenario:
    """An operation that has happened or not, which the file `pointer` says:

    after a fault all else is of before it.
    """
    return _disturbed(place, work, f"site/{pointer}")


def _disturbed(place: Place, work: Callable[[], object], pointer: str = "") -> Scenario:
    """An operation on a site and a store:

    at any moment the site works, and each version and file is old or new.
    """
    roots, models = (place.site, place.out), place.site / "models"
    restore = _saved(*roots)

    def content() -> dict[str, bytes]:
        return {
            f"{root.name}/{path}": text
            for root in roots
            for path, text in _content(root).items()
        }

    before, old = content(), store.latest(models, "digits")
    is_signed = any(path.endswith(SUFFIX) for path in before)  # what is live stays so
    undisturbed = run(work)
    assert undisturbed.code == 0, undisturbed.said
    finished, new = content(), check_site(place.site)
    assert (
        before.get(pointer) != finished.get(pointer) if pointer else before != finished
    )

    def check(outcome: Outcome) -> str:
        ended, after, live = (
            _ending(outcome),
            content(),
            check_site(place.site).get("digits"),
        )
        assert live in (old, new.get("digits"))
        assert f"site/models/digits/{live}{SUFFIX}" in after or not is_signed
        for root in (models, place.out):
            folders = [
                folder
                for name in store.model_names(root)
                for folder in store.version_folders(root, name)
            ]
            assert [problems_of(folder) for folder in folders] == [[]] * len(folders)
        for path, text in after.items():
            assert text in (before.get(path), finished.get(path)), path
        assert before.keys() - after.keys() <= {
            p for p in before if compress.is_copy(Path(p)) or p not in finished
        }
        assert ended != "done" or after == finished
        assert run(work).code == 0
        assert (check_site(place.site), content()) == (new, finished)
        assert scratch_in(*roots) == []
        if pointer:
            [remembered] = json.loads(
                (place.out / "digits" / MEMORY_NAME).read_bytes()
            ).values()
            assert remembered["live"] == new["digits"]
            return (
                f"{ended}:"
                f" {'new' if after.get(pointer) == finished.get(pointer) else 'old'}"
            )
        return (
            f"{ended}:"
            f" {'old' if after == before else 'new' if after == finished else 'between'}"
        )

    return Scenario(work, restore, check)


def _saved(*folders: Path) -> Callable[[], None]:
    """Save what the folders hold; what is returned puts it there again."""
    saved = {folder: folder.with_name(f"{folder.name}-saved") for folder in folders}
    for folder, copy in saved.items():
        if folder.exists():
            folder.rename(copy)

    def restore() -> None:
        for folder, copy in saved.items():
            _copy(copy, folder)

    restore()
    return restore


def _ending(outcome: Outcome) -> str:
    assert outcome.code in ENDS, outcome
    assert outcome.code != 6 or outcome.said.startswith(
        ("DiskError: ", "PublishError: ", "DamagedVersion: ")
    ), outcome
    return ENDS[outcome.code]


def _copy(saved: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if saved.exists():
        # nothing is written in place
        shutil.copytree(saved, folder, copy_function=os.link)


def _content(site: Path) -> dict[str, bytes]:
    """Read what is published, by path, without scratch, the times in records, and the
    random bits of signatures.
    """

    def constant(path: str, content: bytes) -> bytes:
        if path.endswith(SUFFIX):
            signed = read_signature(site / path)
            version = store.open_version((site / path).with_suffix(""))
            assert signed.digests == digests_of(version), path
            return b"a signature"
        return re.sub(rb'"(published_at|held)": "[^"]+"', b"", content)

    return {
        path: constant(path, content)
        for path, content in snapshot(site).items()
        if not path.endswith(".tmp")
        and not re.search(r"/\.(staging|broken)-", f"/{path}")
    }
