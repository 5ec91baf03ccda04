"""A whole `pipeline build` with the data already cached, an unchanged build, and
`pipeline --help`.

In the same run, for comparison: the tutorial's own script (load, fit, evaluate),
TensorFlow alone (the baseline for memory), importing TensorFlow, and starting Python.
MNIST is 55 MB of pixels.
"""

import json
import sys
import tempfile
from pathlib import Path

from bench.harness import Timed, median, print_table, python, run_process, save_results

RUNS = 3
TUTORIAL = """
import os; os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
from pipeline.data.prepare import default_cache_dir, prepare_data
from pipeline.data.arrays import load_images
images = load_images(prepare_data("mnist", cache_dir=default_cache_dir(), work_dir=default_cache_dir()))
x, xt = images.train.reshape(-1, 784).astype("float32"), images.test.reshape(-1, 784).astype("float32")
y, yt = keras.utils.to_categorical(images.train_labels), keras.utils.to_categorical(images.test_labels)
model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(10, activation="softmax")])
model.compile(optimizer="sgd", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, batch_size=32, epochs=20, verbose=0)
model.evaluate(xt, yt, verbose=0)
"""


ALONE = """
import keras
import tensorflow as tf
model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(10, activation="softmax")])
model.compile(optimizer="sgd", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.optimizer.build(model.trainable_variables)
step = tf.function(lambda x, y: model.train_step((x, y)), autograph=False, jit_compile=True)
step(tf.zeros((32, 784)), tf.zeros(32, tf.int64))
"""

# With random weights: exporting takes as long whatever they are. Those of a new model
# answer the same to all images.
MOBILENET = """
import keras
from tests.tfjs_cases.harness import randomise
randomise(keras.applications.MobileNetV2(weights=None)).save("mobilenet.keras")
"""

SCRIPT = "the tutorial's script (load, fit, evaluate)"
BUILD, AGAIN = (
    "pipeline build (train to published page)",
    "pipeline build, nothing changed",
)
EXPORT, HELP = "pipeline export mobilenet.keras (MobileNetV2)", "pipeline --help"
STEP, IMPORT = (
    "TensorFlow alone (one step on one batch)",
    "python -c 'import tensorflow, keras'",
)
DATA_MB = 55  # of MNIST's pixels


def print_promises(runs: dict[str, list[Timed]]) -> None:
    def seconds(name: str) -> float:
        return median([timed.seconds for timed in runs[name]])

    def peak_mb(name: str) -> float:
        return median([timed.peak_mb for timed in runs[name]])

    promises = [
        ("a build, seconds", seconds(BUILD), 10),
        ("a build, of the tutorial's script", seconds(BUILD) / seconds(SCRIPT), 0.3),
        ("a build that finds nothing to do, seconds", seconds(AGAIN), 0.5),
        ("--help, seconds", seconds(HELP), 0.15),
        (
            "an export of MobileNetV2, seconds beyond importing TensorFlow",
            seconds(EXPORT) - seconds(IMPORT),
            3,
        ),
        (
            "a build, MB beyond TensorFlow alone, which may be twice the data",
            peak_mb(BUILD) - peak_mb(STEP),
            2 * DATA_MB,
        ),
    ]
    rows = [
        [name, f"{value:.3g}", f"{limit:g}", "kept" if value <= limit else "MISSED"]
        for name, value, limit in promises
    ]
    print_table(["", "measured", "promised at most", ""], rows)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        run_process(python(MOBILENET), cwd=Path(folder))
        pipeline = [sys.executable, "-m", "pipeline"]
        build = [*pipeline, "build", "--json"]
        commands = {
            SCRIPT: python(TUTORIAL),
            BUILD: [*build, "--force"],
            AGAIN: build,
            EXPORT: [*pipeline, "export", "mobilenet.keras", "--out", "out"],
            HELP: [*pipeline, "--help"],
            STEP: python(ALONE),
            IMPORT: python("import tensorflow, keras"),
            "python -c pass": python("pass"),
        }
        runs: dict[str, list[Timed]] = {name: [] for name in commands}
        for _ in range(RUNS):
            for name, command in commands.items():
                runs[name].append(run_process(command, cwd=Path(folder)))
    base = median([timed.seconds for timed in runs[SCRIPT]])
    rows = []
    for name, timed in runs.items():
        seconds = [t.seconds for t in timed]
        spread = f"{median(seconds):.2f} ({min(seconds):.2f} to {max(seconds):.2f})"
        ratio = f"{median(seconds) / base:.3f} x"
        rows.append([name, spread, ratio, f"{median([t.peak_mb for t in timed]):,.0f}"])
    print_table(["command", "seconds", "of the tutorial's", "peak MB"], rows)
    stages = [json.loads(t.stdout)["seconds"] for t in runs[BUILD]]
    print()
    rows = [[stage, f"{median([s[stage] for s in stages]):.2f}"] for stage in stages[0]]
    print_table(["stage", "seconds"], rows, readme=False)
    print()
    print_promises(runs)
    save_results("build")


if __name__ == "__main__":
    main()
