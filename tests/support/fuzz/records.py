"""Recipes, and what the pipeline wrote itself, damaged:

the state in runs/, stores, sites and signatures.
"""

import functools
import json
import random
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from pipeline.errors import PublishError
from pipeline.quality.baseline import accepted_versions
from pipeline.recipes.reading import as_toml, load_recipe
from pipeline.records import EpochResult, Gate
from pipeline.signing.bundle import make_signature, read_signature
from pipeline.signing.keys import make_key, read_private_key
from pipeline.site.releases import (
    choose_default,
    list_versions,
    pin_version,
    release_model,
)
from pipeline.stage_cache import Run, digest_of
from pipeline.system.json_records import to_json
from pipeline.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from pipeline.training.model import require_fitting
from pipeline.versions.ownership import MARKER_NAME
from tests.support.fuzz.mutations import as_json, changed, damage_file, damage_json
from tests.support.versions import Place

# Every key of a recipe.
_RECIPE = [
    line
    for line in as_toml(load_recipe("mlp")).splitlines()
    if line and not line.startswith("# ")
]
_TOML_VALUES = (
    *(
        "1" + "0" * 400,
        "0x" + "f" * 9000,
        "-1",
        "0",
        "9223372036854775807",
        "9223372036854775808",
        "10_000_000",
    ),
    *(
        "1e308",
        "-inf",
        "nan",
        "1e-320",
        '""',
        '"\\u0000"',
        '"cnn"',
        "true",
        "[]",
        "{}",
        "1979-05-27",
        "07:32:00",
    ),
    *("[" * 5000, "{a = " * 3000, '"' + "x" * 9000 + '"', '"é"'),
)


def make_recipe(rng: random.Random, folder: Path) -> None:
    path = folder / "mine.toml"
    lines = [*_RECIPE]
    for _ in range(rng.choice((1, 1, 2, 3))):
        at = rng.randrange(len(lines))
        key = lines[at].partition(" = ")[0]
        other = f"{key} = {rng.choice(_TOML_VALUES)}"
        lines[at] = rng.choice((other, other, lines[at] * 2, f"x{lines[at]}"))
    path.write_text("\n".join(lines))
    if rng.random() < 0.4:
        damage_file(rng, path)


def use_recipe(folder: Path) -> None:
    recipe = load_recipe(str(folder / "mine.toml"))
    dataset = SimpleNamespace(
        image_height=28, image_width=9, channels=1, labels=tuple("0123456789")
    )
    require_fitting(recipe, dataset)  # type: ignore[arg-type]
    digest_of(recipe)


_GATE = Gate(name="g", value=1.0, limit=0.5, passed=True, detail="d")


def make_runs(rng: random.Random, folder: Path) -> None:
    run = Run(folder)
    (folder / "model.keras").write_bytes(b"weights")
    run.remember("train", "key", _GATE, ["model.keras"])
    epoch = EpochResult(
        epoch=1,
        loss=0.1,
        accuracy=0.9,
        validation_loss=0.2,
        validation_accuracy=None,
        learning_rate=0.1,
        seconds=1.0,
    )
    weights = np.zeros((3, 2), np.float32)
    film = (np.zeros((1, 2)), weights.reshape(1, -1))
    checkpoint = Checkpoint(
        key="key",
        strategy="xla",
        variables=(weights,),
        history=(epoch,),
        moments=film[0],
        snapshots=film[1],
    )
    save_checkpoint(folder / "checkpoint.npz", checkpoint)
    path = folder / "train.json"
    draw = rng.random()
    if draw < 0.3:
        damage_file(rng, folder / rng.choice(("checkpoint.npz", "model.keras")))
    elif draw < 0.6:
        damage_json(rng, path)
    else:  # with a digest that fits
        state = json.loads(path.read_bytes())
        record, files = changed(rng, to_json(_GATE)), changed(rng, state["files"])
        try:
            state |= {
                "record": record,
                "files": files,
                "digest": digest_of("key", files, record),
            }
        except ValueError:
            state |= {"record": record}
        path.write_bytes(as_json(state))


def use_runs(folder: Path) -> None:
    Run(folder).recall("train", "key", Gate)
    load_checkpoint(folder / "checkpoint.npz", "key")


@functools.cache
def _published() -> Path:
    """A place with two models, and a rollback, a release and a pin behind it."""
    root = Path(tempfile.mkdtemp(prefix="fuzz-place-"))
    place = Place(root)
    first, _ = (place.publish(weights).version for weights in (b"w1", b"w2"))
    place.publish(b"w1", name="other")
    place.rollback()
    release_model(place.site, place.out, "digits")
    pin_version(place.site, place.out, "digits", first)
    return root


SITE_FILES = (
    *(
        "latest.json",
        "history.json",
        "settings.json",
        "index.json",
        "manifest.json",
        "evaluation.json",
    ),
    MARKER_NAME,
)


def make_site(rng: random.Random, folder: Path) -> None:
    shutil.copytree(_published(), folder, dirs_exist_ok=True)
    files = sorted(
        path
        for place in ("site", "out")
        for path in (folder / place).rglob("*")
        if path.name in SITE_FILES
    )
    chosen = rng.choice(SITE_FILES)
    some = [path for path in files if path.name == chosen] or files
    for path in rng.sample(some, rng.choice((1, 1, min(2, len(some))))):
        damage_json(rng, path)


def use_site(folder: Path) -> None:
    place, refusals = Place.__new__(Place), []
    place.out, place.web, place.site, place.said = (
        folder / "out",
        folder / "web",
        folder / "site",
        [],
    )
    for action in (
        lambda: json.dumps([str(row) for row in list_versions(place.out, place.site)]),
        lambda: accepted_versions(place.site, "digits", place.out),
        lambda: place.publish(b"w3"),
        place.rollback,
        lambda: choose_default(
            place.site, place.out, "other", progress=place.said.append
        ),
    ):
        try:
            action()
        except PublishError as error:
            refusals.append(error)
    if refusals:
        raise refusals[0]


@functools.cache
def _signature() -> bytes:
    path = Path(tempfile.mkdtemp(prefix="fuzz-key-")) / "key.pem"
    make_key(path)
    return make_signature(
        "digits", {"a.json": "00" * 32, "b.bin": "11" * 32}, 3, read_private_key(path)
    )


def make_signed(rng: random.Random, folder: Path) -> None:
    path = folder / "s.json"
    path.write_bytes(_signature())
    damage_json(rng, path)


def use_signed(folder: Path) -> None:
    read_signature(folder / "s.json")
