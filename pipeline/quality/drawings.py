"""Drawings of digits by people, and of what is no digit, as pictures, and the rule that
tells them apart.

Neither depends on the model: a process of its own makes both while the model is
trained, once on each machine. The rule for MNIST as our recipes prepare it comes with
the package.
"""

import dataclasses
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.data.arrays import load_images
from pipeline.data.cache import make_once
from pipeline.data.pens import painted_images
from pipeline.pens.signs import doodle, paths, write_sign
from pipeline.pens.strokes import GRID, Points, bent, digits, letters, on_pad
from pipeline.preprocessing.apply import prepare_drawing, prepare_images, to_ink
from pipeline.preprocessing.steps import Step
from pipeline.quality import familiar
from pipeline.quality.familiar import WITHIN, Familiar, learn_familiar, pool_of
from pipeline.recipes.fields import PreprocessRecipe
from pipeline.records import Dataset, Drawings, MisreadDrawing
from pipeline.stage_cache import digest_of
from pipeline.system.files import sha256_of
from pipeline.system.json_records import from_json, to_json
from pipeline.system.progress import silent
from pipeline.system.worker_process import WorkerProcess, worker_main

DIGITS = tuple("0123456789")  # the labels of a data set of digits
EACH_THING, SEED = 6, 3
# to learn from: of each letter one as it was written, and the others bent
LETTER_COPIES, DOODLES = (
    4,
    2000,
)
LIKE_MNIST = 8000  # of the data set's own images, beside people's pens
# copies of each digit that confidence is fitted to, besides the one as it was written
BENT = 3
MOST_MISREAD = 12  # drawings to show: 4 kB
DRAWINGS_FILE, RULE_FILE = "drawings.npz", "familiar.npz"
PACKAGE = Path(__file__).parents[1]
# from MNIST as our recipes prepare it; `python -m bench.learn_rule` makes it
LEARNED = PACKAGE / "pens" / RULE_FILE
# Student's t, the 97.5 % quantile with 19 degrees of freedom, as 20 writers have
T_19 = 2.093
Pictures = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Drawn:
    """Pictures after the manifest's `drawing` steps, each (N, H, W)."""

    digits: Pictures  # by the writers of the part "test"
    labels: npt.NDArray[np.int64]  # which digit each is, (N,)
    writers: npt.NDArray[np.int64]  # (N,)
    # of fonts by other designers than those that the rule learned from
    letters: Pictures
    things: Pictures  # by a program
    fitted: Pictures  # by the writers of the part "development", and bent copies
    fitted_labels: npt.NDArray[np.int64]
    fitted_writers: npt.NDArray[np.int64]


def draw_meanwhile(
    dataset: Dataset, recipe: PreprocessRecipe, cache_dir: Path
) -> WorkerProcess:
    """Let another process make what `load_drawn` then finds; the caller stops it."""
    job = {
        "dataset": to_json(dataset),
        "recipe": to_json(recipe),
        "cache_dir": str(cache_dir),
    }
    return WorkerProcess("pipeline.quality.drawings", job)


def load_drawn(
    dataset: Dataset, recipe: PreprocessRecipe, cache_dir: Path
) -> tuple[Drawn, Familiar | None]:
    """The drawings after the `drawing` steps, and the rule, made once for all builds
    and kept in `cache_dir`.
    """
    recipe = dataclasses.replace(recipe, layout="flatten")  # of which neither depends
    sources = [
        path
        for room in ("pens", "preprocessing")
        for path in sorted((PACKAGE / room).glob("*.*"))
    ]
    sources += [PACKAGE / "data" / "pens.py", Path(familiar.__file__), Path(__file__)]
    key = digest_of(
        "drawings", [sha256_of(path) for path in sources], dataset.digest, recipe
    )

    def make(folder: Path) -> None:
        drawn = make_drawings(
            recipe.drawing_steps(dataset.image_height, dataset.image_width)
        )
        np.savez(folder / DRAWINGS_FILE, allow_pickle=False, **vars(drawn))
        if rule := learned_rule(dataset, recipe) or make_rule(dataset, recipe, drawn):
            np.savez(folder / RULE_FILE, allow_pickle=False, **vars(rule))

    kept = make_once(key, "drawing", cache_dir, silent, make)
    with np.load(kept / DRAWINGS_FILE, allow_pickle=False) as arrays:
        drawn = Drawn(**arrays)
    if not (kept / RULE_FILE).exists():
        return drawn, None
    with np.load(kept / RULE_FILE, allow_pickle=False) as arrays:
        return drawn, _familiar(arrays)


def learned_rule(dataset: Dataset, recipe: PreprocessRecipe) -> Familiar | None:
    """The rule of the package, which spares 5 s, if it was learned from just these
    images after these steps.
    """
    with np.load(LEARNED, allow_pickle=False) as arrays:
        stored = dict(arrays)
    return (
        _familiar(stored)
        if str(stored.pop("key")) == rule_key(dataset, recipe)
        else None
    )


def rule_key(dataset: Dataset, recipe: PreprocessRecipe) -> str:
    """The digest of what the rule is learned from, besides our own strokes."""
    return digest_of(dataset.digest, dataclasses.replace(recipe, layout="flatten"))


def _familiar(arrays: Mapping[str, Any]) -> Familiar:
    return Familiar(
        **{
            name: array if array.ndim else array.item()
            for name, array in arrays.items()
        }
    )


def make_drawings(steps: Sequence[Step]) -> Drawn:
    """All drawings by which a build judges a model that reads digits."""
    random = np.random.default_rng(SEED)
    test, development = digits("test"), digits("development")
    things = [
        bent(write_sign(path, random), random)
        for path in paths().values()
        for _ in range(EACH_THING)
    ]
    copies = [
        bent(strokes, random) for _ in range(BENT) for strokes in development.strokes
    ]
    return Drawn(
        digits=_pictures(test.strokes, steps),
        labels=test.labels,
        writers=test.writers,
        letters=_pictures(letters("test").strokes, steps),
        things=_pictures(things, steps),
        fitted=np.concatenate(
            [
                _pictures(development.strokes, steps),
                to_ink(painted_images(copies, steps)),
            ]
        ),
        fitted_labels=np.tile(development.labels, 1 + BENT),
        fitted_writers=np.tile(development.writers, 1 + BENT),
    )


def make_rule(
    dataset: Dataset, recipe: PreprocessRecipe, drawn: Drawn
) -> Familiar | None:
    """The rule that tells digits, of a data set and of people's pens, from letters and
    doodles.

    Its limit is set where WITHIN of the digits are by the writers of the part
    "development", and by each third of those of the part "training" while it learns
    from the others: of digits that it learned it flags fewer.
    """
    random = np.random.default_rng(SEED)
    sides = dataset.image_height, dataset.image_width
    if not pool_of(sides):
        return None
    written, glyphs = digits("training"), letters("training").strokes
    copies = [
        bent(strokes, random) if copy else strokes
        for copy in range(LETTER_COPIES)
        for strokes in glyphs
    ]
    copies += [doodle(random) for _ in range(DOODLES)]
    drawing, steps = recipe.drawing_steps(*sides), recipe.image_steps()
    others = prepare_images(painted_images(copies, drawing), steps)
    images, pens = load_images(dataset).train, dataset.drawn_images
    own = prepare_images(
        images[np.sort(random.permutation(len(images) - pens)[:LIKE_MNIST]) + pens],
        steps,
    )
    as_written = prepare_images(painted_images(written.strokes, drawing), steps)
    known = np.concatenate([as_written, prepare_images(images[:pens], steps)])
    writers = np.resize(written.writers, len(known))
    rule = learn_familiar(np.concatenate([known, own]), others, sides)
    scores = [
        rule.scores(
            prepare_images(drawn.fitted[: len(drawn.fitted) // (1 + BENT)], steps)
        )
    ]
    for third in range(3):
        learned = learn_familiar(
            np.concatenate([known[writers % 3 != third], own]), others, sides
        )
        scores.append(learned.scores(as_written[written.writers % 3 == third]))
    return dataclasses.replace(
        rule, bias=rule.bias - float(np.quantile(np.concatenate(scores), WITHIN))
    )


def measure_drawings(
    probabilities: npt.NDArray[Any],
    labels: npt.NDArray[np.int64],
    writers: npt.NDArray[np.int64],
) -> Drawings:
    """How well the answers (N, classes) fit the digits (N,) that 20 writers (N,) wrote,
    as many each.

    The 95 % interval is Student's over the writers: the digits of one are alike.
    """
    right = probabilities.argmax(axis=1) == labels
    shares = [right[writers == name].mean() for name in np.unique(writers)]
    spread = T_19 * float(np.std(shares, ddof=1)) / math.sqrt(len(shares))
    accuracy = float(right.mean())
    return Drawings(
        drawings=len(labels),
        writers=len(shares),
        accuracy=accuracy,
        accuracy_interval=(max(0.0, accuracy - spread), min(1.0, accuracy + spread)),
        confidence=float(probabilities.max(axis=1).mean(dtype=np.float64)),
    )


def misread_drawings(probabilities: npt.NDArray[Any]) -> tuple[MisreadDrawing, ...]:
    """The mistakes of which the model is surest, from its answers (N, classes) to the
    digits of the part "test".
    """
    test = digits("test")
    predicted, surest = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero(predicted != test.labels)
    return tuple(
        MisreadDrawing(
            label=int(test.labels[row]),
            predicted=int(predicted[row]),
            probability=float(surest[row]),
            strokes=tuple(
                tuple(np.rint(GRID * stroke).astype(int).ravel().tolist())
                for stroke in test.strokes[row]
            ),
        )
        for row in wrong[np.argsort(-surest[wrong], kind="stable")][:MOST_MISREAD]
    )


def _pictures(drawings: Iterable[Sequence[Points]], steps: Sequence[Step]) -> Pictures:
    prepared = [prepare_drawing(on_pad(strokes), steps) for strokes in drawings]
    # each of them has ink
    return np.stack([picture for picture in prepared if picture is not None])


def _run(job: dict[str, Any]) -> None:
    dataset, recipe = (
        from_json(Dataset, job["dataset"]),
        from_json(PreprocessRecipe, job["recipe"]),
    )
    load_drawn(dataset, recipe, Path(job["cache_dir"]))


if __name__ == "__main__":
    sys.exit(worker_main(_run))
