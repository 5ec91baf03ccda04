"""Digits that people wrote with pens, read by each recipe: 400 by 20 writers of whom no
training has seen anything.

Each recipe is trained as `pipeline build` trains it, and the default once more without
other people's pens. A drawing is the pad's RGBA pixels, preprocessed by one of

- shrunk: the whole pad averaged to 28×28, as most pages do;
- boxed: the ink scaled into 20×20 and centered by its bounding box, as careful pages
do;
- full: the drawing steps of the recipe's manifest;

and then by the recipe's image steps. Intervals are Student's over the writers (95 %).
Letters are those of fonts that nothing learned from; a letter is believed where the
model is surer of a digit than 90 % and the rule does not flag it.
"""

import dataclasses
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.harness import print_table, save_results
from pipeline.config import Config
from pipeline.data.prepare import default_cache_dir, prepare_data
from pipeline.pens.strokes import digits, on_pad
from pipeline.preprocessing.apply import prepare_drawing, prepare_images
from pipeline.preprocessing.drawings import fit, ink
from pipeline.preprocessing.photos import box_filter
from pipeline.quality.drawings import load_drawn, measure_drawings
from pipeline.recipes.fields import PreprocessRecipe
from pipeline.recipes.reading import Recipe, load_recipe
from pipeline.records import Drawings, Evaluation

PICTURE = 28  # pixels
RECIPES = ("plain", "softmax", "styles", "mlp", "cnn")
Array = npt.NDArray[Any]


def shrunk(pixels: npt.NDArray[np.uint8], _: PreprocessRecipe) -> Array:
    side = len(pixels)
    return np.asarray(
        box_filter(side, PICTURE) @ ink(pixels) @ box_filter(side, PICTURE).T
    )


def boxed(pixels: npt.NDArray[np.uint8], _: PreprocessRecipe) -> Array:
    picture = np.zeros((PICTURE, PICTURE))
    digit = fit(ink(pixels), box=20)
    top, left = ((PICTURE - side) // 2 for side in digit.shape)
    picture[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
    return picture


def full(pixels: npt.NDArray[np.uint8], recipe: PreprocessRecipe) -> Array:
    picture = prepare_drawing(pixels, recipe.drawing_steps(PICTURE, PICTURE))
    if picture is None:
        raise SystemExit(
            "Every drawing must have ink. Received: one without, so pipeline/pens drew"
            " outside the pad."
        )
    return picture


WAYS: dict[str, Callable[[npt.NDArray[np.uint8], PreprocessRecipe], Array]] = {
    "shrunk": shrunk,
    "boxed": boxed,
    "full": full,
}


def train(recipe: Recipe) -> tuple[Any, Evaluation]:
    """The trained Keras model and how it was evaluated, as in a build."""
    from pipeline.quality.evaluate import evaluate_model
    from pipeline.system.tensorflow import start_tensorflow
    from pipeline.train import train_model

    start_tensorflow()
    import keras

    steps, cache = (
        recipe.preprocess.drawing_steps(PICTURE, PICTURE),
        default_cache_dir(),
    )
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        dataset = prepare_data(
            "mnist",
            cache_dir=cache,
            work_dir=work,
            recipe=recipe.data,
            drawing_steps=steps,
        )
        trained = train_model(
            Config(name="bench", recipe=recipe), dataset, work, key="bench"
        )
        assert trained is not None  # as it is without other workers
        judges = load_drawn(dataset, recipe.preprocess, cache)
        evaluation = evaluate_model(
            dataset, trained, recipe.preprocess.image_steps(), work, *judges
        )
        return keras.saving.load_model(work / trained.model_path), evaluation


def read(model: Any, recipe: Recipe, way: str) -> Drawings:
    """How the model reads the pens of the part "test", prepared in this way."""
    written = digits("test")
    pictures = np.stack(
        [WAYS[way](on_pad(strokes), recipe.preprocess) for strokes in written.strokes]
    )
    inputs = prepare_images(
        pictures.astype(np.float32), recipe.preprocess.image_steps()
    )
    return measure_drawings(
        model.predict(inputs, batch_size=1000, verbose=0),
        written.labels,
        written.writers,
    )


def main() -> None:
    rows = []
    for name in RECIPES:
        recipe = load_recipe(name)
        without = dataclasses.replace(
            recipe, data=dataclasses.replace(recipe.data, pens=0)
        )
        for label, tried in {name: recipe, "softmax, without pens": without}.items():
            if label != name and name != "softmax":
                continue
            model, found = train(tried)
            ways = {way: read(model, tried, way) for way in WAYS}
            sure, rule = found.confidence, found.familiarity
            if not (sure and rule):
                raise SystemExit(
                    f"Every recipe must be judged on drawings. Received: {name}, which"
                    " is not."
                )
            shares = {
                "letters believed": rule.letters_believed / rule.letters,
                "digits flagged": rule.drawings.flagged / rule.drawings.images,
                "signs flagged": rule.signs.flagged / rule.signs.images,
            }
            low, high = ways["full"].accuracy_interval
            rows.append(
                [
                    label,
                    f"{found.test_accuracy:.2%}",
                    *(f"{one.accuracy:.1%}" for one in ways.values()),
                    f"{low:.1%} to {high:.1%}",
                    *(f"{share:.1%}" for share in shares.values()),
                    f"{100 * (sure.mean - sure.accuracy):+.1f}",
                    f"{100 * sure.expected_calibration_error:.1f}",
                ]
            )
    header = [
        "recipe",
        "MNIST",
        *WAYS,
        "interval",
        "letters believed",
        "digits flagged",
        "signs flagged",
    ]
    header += ["confidence too high by, points", "calibration error"]
    print_table(header, rows)
    save_results("drawings")


if __name__ == "__main__":
    main()
