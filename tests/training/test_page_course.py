"""The page's own training against the pipeline's.

A visitor can train the model again (web/src/page/training/). Here NumPy gives the orders in which epochs visit images,
and `train_model` trains on a hundred real images; both are kept in fixtures/course.json, which the page must reproduce
(course.test.ts). `python -m tests.training.test_page_course` writes the fixture anew.
"""

import dataclasses
import gzip
import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from pipeline.config import Config
from pipeline.data import prepare_data
from pipeline.recipes.reading import load_recipe
from pipeline.train import train_model
from pipeline.training.epochs import epoch_order
from pipeline.training.model import load_trained

FIXTURES = Path(__file__).parents[1] / "fixtures"
FIXTURE = FIXTURES / "course.json"
VERSION = FIXTURES / "versions" / "mnist-softmax" / "fe85addc0590"  # with a hundred images of MNIST and their labels
ORDERS = [(1, 1, 1), (1, 2, 2), (7, 0, 33), (2**32 - 1, 20, 1000), (1, 20, 55_000)]  # seed, epoch, images
EPOCHS = 4
EVERY = 13  # of the kernel's rows, one in so many is kept: enough to see each part of a picture

# Float32 sums in an order that depends on the processor, then sixteen updates of weights below 1.
TOLERANCE = 1e-6


def images() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    pixels = np.frombuffer(gzip.decompress((VERSION / "reference.bin").read_bytes()), np.uint8).reshape(-1, 28, 28)
    entries = json.loads((VERSION / "reference.json").read_text())["images"]
    return pixels, np.array([entry["label"] for entry in entries])


def order_of(seed: int, epoch: int, count: int) -> dict[str, Any]:
    order = epoch_order(seed, epoch, count)
    digest = hashlib.sha256(order.astype("<u4").tobytes()).hexdigest()
    return {"seed": seed, "epoch": epoch, "count": count, "first": order[:10].tolist(), "sha256": digest}


def course(work: Path) -> dict[str, Any]:
    """What the pipeline trains on the images: the softmax recipe, with the last batch of each epoch a small one."""
    pixels, labels = images()
    np.savez(work / "some.npz", x_train=pixels, y_train=labels, x_test=pixels, y_test=labels)
    recipe = load_recipe("softmax")
    training = dataclasses.replace(recipe.training, epochs=EPOCHS, validation_images=0)
    config = Config(name="some", recipe=dataclasses.replace(recipe, training=training), device="cpu")
    dataset = prepare_data(str(work / "some.npz"), cache_dir=work / "cache", work_dir=work)
    trained = train_model(config, dataset, work, key="course")
    assert trained is not None
    kernel, bias = load_trained(work / trained.model_path, trained.weights_digest).get_weights()
    return {
        "plan": {
            "rate": training.learning_rate,
            "schedule": training.schedule,
            "batch": training.batch_size,
            "epochs": training.epochs,
            "seed": training.seed,
            "full": recipe.preprocess.scale,
        },
        "steps": config.recipe.preprocess.image_steps(),
        "every": EVERY,
        "bias": np.round(bias.astype(np.float64), 8).tolist(),
        "kernel_rows": np.round(kernel[::EVERY].astype(np.float64), 8).tolist(),
    }


def build_fixture(work: Path) -> dict[str, Any]:
    return {"orders": [order_of(*case) for case in ORDERS], "course": course(work)}


@pytest.fixture(scope="module")
def kept() -> Any:
    return json.loads(FIXTURE.read_text(encoding="utf-8"))


def test_the_orders_are_numpys(kept: Any) -> None:
    assert kept["orders"] == [order_of(*case) for case in ORDERS]


def test_the_course_is_what_the_pipeline_trains(kept: Any, tmp_path: Path) -> None:
    computed = course(tmp_path)
    for key in ("bias", "kernel_rows"):
        np.testing.assert_allclose(kept["course"].pop(key), computed.pop(key), rtol=0, atol=TOLERANCE)
    assert kept["course"] == computed


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        FIXTURE.write_text(json.dumps(build_fixture(Path(folder))) + "\n", encoding="utf-8")
