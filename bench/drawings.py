"""Accuracy on digits that a program draws: four recipes, and for two of them three ways to preprocess a drawing.

Each recipe is trained as `pipeline build` trains it. A drawing is 280×280 RGBA pixels, preprocessed by one of

- shrunk: the whole pad averaged to 28×28, as most pages do;
- boxed: the ink scaled into 20×20 and centered by its bounding box, as careful pages do;
- full: the drawing steps of the recipe's manifest;

and then by the recipe's image steps. `pipeline/hands` generates the drawings, from two independent families of
templates: on `practice` and MNIST's validation images the steps were tuned, and recipes with `drawn` train on others of
its drawings; nothing has ever seen `reported`. Each is there a second time as small pictures of 8 to 14 pixels that
were enlarged, as people drop them on the pad (`data.drawn.small`).

How well confidence fits is measured on more of `reported` than a build takes the time for. "By chance" is the error
that answers would have there that are right exactly as often as their confidence says.
"""

import functools
import itertools
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.harness import print_table, save_results
from pipeline.config import Config
from pipeline.data.drawn import drawn_images, small
from pipeline.data.prepare import default_cache_dir, prepare_data
from pipeline.hands import practice
from pipeline.hands.writing import Drawing, Writer, drawings, paint, write_digit
from pipeline.preprocessing.apply import prepare_drawing, prepare_images
from pipeline.preprocessing.drawings import fit, ink
from pipeline.preprocessing.photos import box_filter
from pipeline.quality.confidence import confidence, reliability
from pipeline.recipes.fields import PreprocessRecipe
from pipeline.recipes.reading import load_recipe
from pipeline.records import Confidence, Evaluation

COUNT, SEED = 2000, 1  # drawings per family
JUDGED = 40_000  # answers to measure confidence on: half of them small pictures, as in a build
CHANCES = 100  # repetitions, which leave an error of a hundredth of a point
FAMILIES: dict[str, Writer] = {"practice": practice.write, "reported": write_digit}
PICTURE = 28  # pixels
Array = npt.NDArray[Any]
Way = Callable[[npt.NDArray[np.uint8], PreprocessRecipe], Array]


def shrunk(pixels: npt.NDArray[np.uint8], _: PreprocessRecipe) -> Array:
    side = len(pixels)
    return np.asarray(box_filter(side, PICTURE) @ ink(pixels) @ box_filter(side, PICTURE).T)


def boxed(pixels: npt.NDArray[np.uint8], _: PreprocessRecipe) -> Array:
    picture = np.zeros((PICTURE, PICTURE))
    digit = fit(ink(pixels), box=20)
    top, left = ((PICTURE - side) // 2 for side in digit.shape)
    picture[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
    return picture


def full(pixels: npt.NDArray[np.uint8], recipe: PreprocessRecipe) -> Array:
    picture = prepare_drawing(pixels, recipe.drawing_steps(PICTURE, PICTURE))
    if picture is None:
        raise SystemExit("Every drawing must have ink. Received: one without, so pipeline/hands drew outside the pad.")
    return picture


WAYS: dict[str, Way] = {
    "shrunk": shrunk,
    "boxed": boxed,
    "full": full,
}


# By recipe, the ways that are measured.
RECIPES: dict[str, dict[str, Way]] = {
    "plain": WAYS,
    "softmax": WAYS,
    "mlp": {"full": full},
    "cnn": {"full": full},
}


def train(name: str) -> tuple[PreprocessRecipe, Any, Evaluation]:
    """A recipe's preprocessing, its trained Keras model and how that was evaluated, as in a build."""
    from pipeline.quality.drawn import load_drawn
    from pipeline.quality.evaluate import evaluate_model
    from pipeline.system.tensorflow import start_tensorflow
    from pipeline.train import train_model

    start_tensorflow()
    import keras

    recipe = load_recipe(name)
    steps = recipe.preprocess.drawing_steps(PICTURE, PICTURE)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        dataset = prepare_data(
            "mnist",
            cache_dir=default_cache_dir(),
            work_dir=work,
            recipe=recipe.data,
            drawing_steps=steps,
        )
        trained = train_model(Config(name=f"mnist-{name}", recipe=recipe), dataset, work, key="bench")
        assert trained is not None  # as it is without other workers
        drawn = load_drawn(steps, default_cache_dir())
        evaluation = evaluate_model(dataset, trained, recipe.preprocess.image_steps(), work, drawn)
        return recipe.preprocess, keras.saving.load_model(work / trained.model_path), evaluation


def print_honesty(models: dict[str, tuple[PreprocessRecipe, Any, Evaluation]]) -> None:
    """How often the models are right, how often they say that they are, and what they call unlike any digit."""
    rows = []
    for name, (steps, model, found) in models.items():
        sure, rule = found.confidence, found.familiarity
        if not (sure and rule and rule.drawings and rule.signs):
            raise SystemExit(f"Every recipe must be judged on drawings. Received: {name}, which is not.")
        errors = [f"{100 * error:.1f}" for error in calibration_errors(steps, model, sure)]
        flagged = [f"{one.flagged / one.images:.1%}" for one in (rule.signs, rule.drawings, rule.test)]
        corrected = f"{sure.temperature:g}, {sure.ceiling:g}"
        rows.append([name, f"{found.test_accuracy:.2%}", corrected, *errors, *flagged])
    errors = ["calibration error without them, points", "with them", "by chance"]
    flagged = ["signs flagged", "drawings flagged", "MNIST flagged"]
    print_table(["recipe", "MNIST", "temperature, ceiling", *errors, *flagged], rows)


def calibration_errors(steps: PreprocessRecipe, model: Any, fitted: Confidence) -> tuple[float, float, float]:
    """Expected calibration error on JUDGED answers: of the largest probability, of the confidence, and by chance."""
    pictures, digits = judged_drawings(json.dumps(steps.drawing_steps(PICTURE, PICTURE)))
    inputs = prepare_images((pictures / 255).astype(np.float32), steps.image_steps())
    probabilities = model.predict(inputs, batch_size=1000, verbose=0)
    sure = confidence(probabilities, fitted.temperature, fitted.ceiling)
    right = probabilities.argmax(axis=1) == digits
    random = np.random.default_rng(SEED)
    chances = [reliability(sure, random.random(JUDGED) < sure)[1] for _ in range(CHANCES)]
    return reliability(confidence(probabilities), right)[1], reliability(sure, right)[1], float(np.mean(chances))


@functools.cache
def judged_drawings(steps: str) -> tuple[Array, Array]:
    """JUDGED images (N, H, W) after drawing steps, given as JSON, and their digits (N,): most recipes share them."""
    made = drawn_images(write_digit, json.loads(steps), JUDGED, SEED)
    pictures, digits = (np.array(values) for values in zip(*made, strict=True))
    return pictures, digits


def as_small_picture(pixels: npt.NDArray[np.uint8], seed: int) -> npt.NDArray[np.uint8]:
    """The drawing after it was scaled down to a few pixels and up again: white on transparent."""
    share = small(ink(pixels), np.random.default_rng([SEED, seed]))
    picture = np.full((*share.shape, 4), 255, np.uint8)
    picture[..., 3] = np.rint(255 * share)
    return picture


def groups(drawn: list[Drawing]) -> dict[str, npt.NDArray[np.bool_]]:
    """The drawings in each row of the table, as masks."""

    def between(values: list[float], name: str, *edges: float) -> dict[str, npt.NDArray[np.bool_]]:
        array = np.array(values)
        return {
            f"{name} {low:g} to {high:g}": (array >= low) & (array < high) for low, high in itertools.pairwise(edges)
        }

    digits = np.array([d.digit for d in drawn])
    polarities = np.array([d.polarity for d in drawn])
    return {
        "all": np.ones(len(drawn), bool),
        **{f"digit {digit}": digits == digit for digit in range(10)},
        **between([d.size for d in drawn], "size in px", 30, 60, 120, 190, 280),
        **between([100 * d.pen / d.size for d in drawn], "pen in % of size", 0, 5, 9, 14, 19, 27),
        **between([d.slant for d in drawn], "slant in °", -25, -15, -5, 5, 15, 25),
        **{name: polarities == name for name in sorted(set(polarities))},
    }


def main() -> None:
    models = {name: train(name) for name in RECIPES}
    evaluations = {name: evaluation for name, (_, _, evaluation) in models.items()}
    results: dict[str, Any] = {"mnist_test_accuracy": {n: found.test_accuracy for n, found in evaluations.items()}}
    for number, (family, is_small) in enumerate(itertools.product(FAMILIES, (False, True))):
        drawn = drawings(FAMILIES[family], 10, COUNT, (SEED, number // 2))
        pads = [paint(d.strokes, d.pen, d.polarity) for d in drawn]
        if is_small:
            family += ", small"
            pads = [as_small_picture(pad, number) for number, pad in enumerate(pads)]
        digits = np.array([d.digit for d in drawn])
        right = {}
        for recipe, (steps, model, _) in models.items():
            for way, prepare in RECIPES[recipe].items():
                pictures = np.stack([prepare(pad, steps) for pad in pads]).astype(np.float32)
                inputs = prepare_images(pictures, steps.image_steps())
                answers = model.predict(inputs, batch_size=1000, verbose=0).argmax(axis=1)
                right[f"{recipe}, {way}"] = answers == digits
        table = {
            group: {"drawings": int(chosen.sum())} | {column: float(r[chosen].mean()) for column, r in right.items()}
            for group, chosen in groups(drawn).items()
        }
        results[family] = table
        print(f"\nFamily {family}: accuracy")
        rows = [[g, f"{row['drawings']:,}", *(f"{row[c]:.1%}" for c in right)] for g, row in table.items()]
        print_table(["", "drawings", *right], rows, readme=False)
    print()
    columns = list(results[next(iter(FAMILIES))]["all"])
    families = [f for f in results if f != "mnist_test_accuracy"]
    rows = [[f, *(f"{results[f]['all'][c]:{',' if c == 'drawings' else '.1%'}}" for c in columns)] for f in families]
    print_table(["family", *columns], rows)
    print("\nConfidence and familiarity:\n")
    print_honesty(models)
    save_results("drawings", results)


if __name__ == "__main__":
    main()
