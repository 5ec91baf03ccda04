"""Training the `plain` recipe: our compiled epoch against `model.fit` with the same model and batches.

Each in a fresh process, several times in turn; seconds include compiling and exclude importing TensorFlow.
"""

import json
import sys
import time

import numpy as np

from bench.harness import median, print_table, run_process, save_results

RUNS = 3
EPOCHS, BATCH = 20, 32


def train_once(way: str) -> dict[str, float]:
    from pipeline.config import load_recipe
    from pipeline.data import default_cache_dir, prepare_data
    from pipeline.images import load_images
    from pipeline.model import build_model
    from pipeline.preprocess import prepare_images
    from pipeline.runtime import start_tensorflow
    from pipeline.trainer import TrainingData, epoch_order, train_epochs

    start_tensorflow("auto")
    import keras

    recipe = load_recipe("plain")
    images = load_images(prepare_data("mnist", cache_dir=default_cache_dir(), work_dir=default_cache_dir()))
    steps = recipe.preprocess.image_steps()
    inputs, test = prepare_images(images.train, steps), prepare_images(images.test, steps)
    keras.utils.set_random_seed(1)
    model = build_model(recipe, shape=(784,), classes=10, steps=len(inputs) // BATCH * EPOCHS)
    started = time.perf_counter()
    if way == "ours":
        data = TrainingData(
            inputs=inputs,
            labels=images.train_labels,
            validation_inputs=inputs[:0],
            validation_labels=images.train_labels[:0],
        )
        train_epochs(
            model, data, batch_size=BATCH, epochs=EPOCHS, seed=1, strategy="xla-epoch", on_epoch=lambda _: None
        )
    else:
        for epoch in range(1, EPOCHS + 1):
            order = epoch_order(1, epoch, len(inputs))
            model.fit(inputs[order], images.train_labels[order], batch_size=BATCH, shuffle=False, verbose=0)
    seconds = time.perf_counter() - started
    answers = model.predict(test, batch_size=1000, verbose=0).argmax(axis=1)
    return {"seconds": seconds, "accuracy": float(np.mean(answers == images.test_labels))}


def main() -> None:
    results: dict[str, list[dict[str, float]]] = {"fit": [], "ours": []}
    for _ in range(RUNS):
        for way, runs in results.items():
            timed = run_process([sys.executable, "-m", "bench.train", way])
            runs.append({**json.loads(timed.stdout), "peak_mb": timed.peak_mb})
    names = {"fit": "Keras model.fit", "ours": "pipeline, compiled epoch"}
    base = median([run["seconds"] for run in results["fit"]])
    rows = []
    for way, runs in results.items():
        seconds = [run["seconds"] for run in runs]
        rows.append(
            [
                names[way],
                f"{median(seconds):.1f} ({min(seconds):.1f} to {max(seconds):.1f})",
                f"{base / median(seconds):.1f} x",
                f"{runs[0]['accuracy']:.4f}",
                f"{median([run['peak_mb'] for run in runs]):,.0f}",
            ]
        )
    print_table(["37,500 steps of the plain recipe", "seconds", "speed", "test accuracy", "peak MB"], rows)
    save_results("train", results)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(train_once(sys.argv[1])))
    else:
        main()
