"""The page's own SGD step against Keras' update.

The page trains models in the browser (web/src/page/training/sgd.ts). Here Keras, with
the model as `build_model` compiles it, takes the same steps; the results are kept in
fixtures/sgd.json, and the page's arithmetic must reproduce them (sgd.test.ts). `python
tests/training/test_sgd_step.py` from the root writes the fixture anew.
"""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from pipeline.recipes.reading import load_recipe
from pipeline.system.tensorflow import start_tensorflow
from pipeline.training.model import build_model

FIXTURE = Path(__file__).parents[1] / "fixtures" / "sgd.json"
STEPS = 20  # enough for an error to add up
# of the kernel's rows, one in so many is kept: enough to see each part of a picture
EVERY = 13

# Float32 sums of up to 784 terms, in an order that depends on the processor, then
# twenty updates of weights below 1, each rounded by at most 6e-8. Worst seen against
# double precision: 5.4e-7, of the loss.
TOLERANCE = 1e-6

Floats = npt.NDArray[np.float32]


def case(
    name: str, inputs: list[int], bias: list[float], *, label: int, learning_rate: float
) -> dict[str, Any]:
    """Start of the steps.

    Whole numbers and thousandths, so that JavaScript starts from the same float32s.
    """
    return {
        "name": name,
        "inputs": inputs,
        "bias": bias,
        "label": label,
        "learning_rate": learning_rate,
    }


def ring() -> list[int]:
    """A ring on 28 × 28 pixels in thousandths of full ink, much like somebody's 0."""
    down, across = np.mgrid[:28, :28]
    distance = np.hypot((down - 14) / 1.3, across - 14)
    return [
        int(ink)
        for ink in np.rint(1000 * np.clip(2 - np.abs(distance - 6.5), 0, 1)).ravel()
    ]


def cases() -> list[dict[str, Any]]:
    rate = load_recipe("softmax").training.learning_rate
    flat = [0.0] * 10
    return [
        case(
            "six inputs",
            [0, 250, 1000, 0, 500, 125],
            [0.1, -0.2, 0.3],
            label=1,
            learning_rate=rate,
        ),
        # So sure and so wrong that a loss made of the probabilities would have been cut
        # off at 1e-7.
        case(
            "sure and wrong",
            [0, 250, 1000, 0, 500, 125],
            [25.0, 0.0, 0.0],
            label=2,
            learning_rate=rate,
        ),
        case("784 inputs, 10 answers", ring(), flat, label=3, learning_rate=rate),
        case("a tenth of the rate", ring(), flat, label=0, learning_rate=rate / 10),
    ]


def first_kernel(inputs: int, outputs: int) -> Floats:
    """Weights between -0.048 and 0.048 that look like nothing in particular;
    sgd.test.ts has the same formula.
    """
    row, column = np.mgrid[:inputs, :outputs]
    return np.asarray(
        ((37 * row + 101 * column + row * column) % 97 - 48) / 1000, np.float32
    )


def keras_steps(case: dict[str, Any]) -> dict[str, Any]:
    """Let Keras take `STEPS` steps on one example, in batches of one.

    Returns:
        `losses`, before each step; and `after`, by the number of steps, the model's
        answer and what its weights became.
    """
    x = (np.array(case["inputs"]) / 1000).astype(np.float32)[np.newaxis]
    y = np.array([case["label"]])
    kernel, bias = (
        first_kernel(x.size, len(case["bias"])),
        np.array(case["bias"], np.float32),
    )
    recipe = load_recipe("softmax")
    training = dataclasses.replace(
        recipe.training, schedule="constant", learning_rate=case["learning_rate"]
    )
    model = build_model(
        dataclasses.replace(recipe, training=training),
        shape=(x.size,),
        classes=len(bias),
        steps=STEPS,
    )
    model.set_weights([kernel, bias])
    losses, after = [], {}
    for step in range(1, STEPS + 1):
        model.reset_metrics()
        losses.append(float(model.train_on_batch(x, y, return_dict=True)["loss"]))
        if step in (1, STEPS):
            kernel, bias = model.get_weights()
            after[str(step)] = {
                "probabilities": rounded(model.predict_on_batch(x)[0]),
                "bias": rounded(bias),
                "kernel_rows": rounded(kernel[::EVERY]),
            }
    return {"losses": rounded(np.array(losses)), "after": after}


def rounded(values: npt.NDArray[Any]) -> Any:
    """To 1e-8, far below the tolerance, so that the fixture stays small."""
    return np.round(values.astype(np.float64), 8).tolist()


def build_fixture() -> dict[str, Any]:
    start_tensorflow()
    return {
        "every": EVERY,
        "cases": [{**case, **keras_steps(case)} for case in cases()],
    }


def test_the_fixture_is_what_keras_computes(keras: Any) -> None:
    kept, computed = json.loads(FIXTURE.read_text(encoding="utf-8")), build_fixture()
    keras.tree.assert_same_structure(kept, computed)
    assert keras.tree.flatten(kept) == [
        (
            one
            if isinstance(one, str)
            else pytest.approx(one, rel=TOLERANCE, abs=TOLERANCE)
        )
        for one in keras.tree.flatten(computed)
    ]


if __name__ == "__main__":
    FIXTURE.write_text(
        json.dumps(build_fixture(), separators=(",", ":")) + "\n", encoding="utf-8"
    )
