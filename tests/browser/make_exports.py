"""Write exports as `pipeline export` does, and Keras' answers: `python
tests/browser/make_exports.py FOLDER`.

In FOLDER: `table/` (eight numbers, three named classes), `onnx/` (the same as a file),
`series/` (an LSTM, any length, one value), `photo/` (MobileNetV2 for 96 × 96 photos,
random weights), `plain/` (photos that the manifest does not prepare), `scored/` (the
same, prepared), `text/` (a review, two named moods), `answers.json`.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pipeline.exporting.export import export_model
from pipeline.preprocessing.apply import prepare_drawing, prepare_images
from pipeline.system.tensorflow import start_tensorflow
from tests.tfjs_cases.harness import randomise

PHOTO = Path(__file__).parents[1] / "fixtures/photos/photos/disc.png"
REVIEW = "What a WONDERFUL film!"
LABELS = ["daisy", "dandelion", "rose", "sunflower", "tulip"]
STEPS: dict[str, Any] = {
    "drawing": [
        {"step": "rgb", "background": 1},
        {"step": "stretch", "height": 96, "width": 96},
    ],
    "image": [{"step": "normalize", "mean": 0.5, "deviation": 0.5}],
}
# Values from 0 to 255, for a model that scales them itself.
PIXEL_STEPS = {
    **STEPS,
    "image": [{"step": "normalize", "mean": 0, "deviation": 1 / 255}],
}


def main(folder: Path) -> None:
    start_tensorflow("cpu")
    import keras
    import tensorflow as tf

    layers = keras.layers
    table = keras.Sequential(
        [
            keras.Input((8,), name="house"),
            layers.Dense(16, activation="relu"),
            layers.Dense(3, activation="softmax"),
        ]
    )
    series = keras.Sequential(
        [
            keras.Input((None, 2), name="weather"),
            layers.LSTM(16),
            layers.Dense(1, name="temperature"),
        ]
    )
    base = keras.applications.MobileNetV2(
        (96, 96, 3), alpha=0.35, include_top=False, weights=None, pooling="avg"
    )
    flower = keras.Sequential(
        [base, layers.Dense(len(LABELS), activation="softmax")], name="flower"
    )
    photo = keras.Sequential([keras.Input((96, 96, 3)), layers.RandomFlip(), flower])
    plain = keras.Sequential(
        [
            keras.Input((96, 96, 3), name="photo"),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 3),
            layers.GlobalMaxPooling2D(),
            layers.Dense(2, name="score"),
        ]
    )
    words = layers.TextVectorization(
        output_sequence_length=6, vocabulary=["a", "film", "boring", "wonderful"]
    )
    review = keras.Input((1,), dtype="string", name="review")
    mean = layers.GlobalAveragePooling1D()(
        layers.Embedding(6, 4, mask_zero=True)(words(review))
    )
    text = keras.Model(review, layers.Dense(1, activation="sigmoid", name="mood")(mean))
    for model in (table, series, photo, plain, text):
        randomise(model)
    house = np.arange(1, 9, dtype=np.float32)[np.newaxis] / 10
    weather = np.sin(np.arange(48, dtype=np.float32)).reshape(1, 24, 2)
    drawn = prepare_drawing(
        np.asarray(Image.open(PHOTO).convert("RGBA")), STEPS["drawing"]
    )
    assert drawn is not None
    prepared = prepare_images(drawn[np.newaxis], STEPS["image"])
    pixels = prepare_images(drawn[np.newaxis], PIXEL_STEPS["image"])
    answers = {
        "table": table.predict(house, verbose=0)[0].tolist(),
        "series": series.predict(weather, verbose=0)[0].tolist(),
        "text": text.predict(tf.constant([[REVIEW]]), verbose=0)[0].tolist(),
        "photo": photo.predict(prepared, verbose=0)[0].tolist(),
        "scored": plain.predict(pixels, verbose=0)[0].tolist(),
    }
    (folder / "answers.json").write_text(json.dumps(answers))
    export_model(
        table, folder / "table", name="table", labels=["low", "middle", "high"]
    )
    export_model(
        table,
        folder / "onnx",
        format="onnx",
        name="table",
        labels=["low", "middle", "high"],
    )
    export_model(series, folder / "series", name="series")
    (folder / "labels.txt").write_text("\n".join(LABELS))
    export_model(
        photo,
        folder / "photo",
        name="flowers",
        labels=folder / "labels.txt",
        preprocess="tf",
    )
    export_model(plain, folder / "plain", name="plain")
    export_model(plain, folder / "scored", name="scored", preprocess=PIXEL_STEPS)
    export_model(text, folder / "text", name="reviews", labels=["bad", "good"])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
