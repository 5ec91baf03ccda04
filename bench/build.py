"""The whole `pipeline build` from a warm data cache, the second one that finds nothing to do, and `pipeline --help`.

Beside them in the same run: what the tutorial's own script (load, fit, evaluate) takes, TensorFlow alone (whose memory
is what ours compares with), importing it, and starting Python alone. MNIST's bytes are 55 MB.
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
from pipeline.data import default_cache_dir, prepare_data
from pipeline.images import load_images
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


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        build = [sys.executable, "-m", "pipeline.cli", "build", "--json"]
        commands = {
            "the tutorial's script (load, fit, evaluate)": python(TUTORIAL),
            "pipeline build (train to published page)": [*build, "--force"],
            "pipeline build, nothing changed": build,
            "pipeline --help": [sys.executable, "-m", "pipeline.cli", "--help"],
            "TensorFlow alone (one step on one batch)": python(ALONE),
            "python -c 'import tensorflow, keras'": python("import tensorflow, keras"),
            "python -c pass": python("pass"),
        }
        runs: dict[str, list[Timed]] = {name: [] for name in commands}
        for _ in range(RUNS):
            for name, command in commands.items():
                runs[name].append(run_process(command, cwd=Path(folder)))
    base = median([timed.seconds for timed in runs["the tutorial's script (load, fit, evaluate)"]])
    rows = []
    for name, timed in runs.items():
        seconds = [t.seconds for t in timed]
        spread = f"{median(seconds):.2f} ({min(seconds):.2f} to {max(seconds):.2f})"
        ratio = f"{median(seconds) / base:.3f} x"
        rows.append([name, spread, ratio, f"{median([t.peak_mb for t in timed]):,.0f}"])
    print_table(["command", "seconds", "of the tutorial's", "peak MB"], rows)
    stages = [json.loads(t.stdout)["seconds"] for t in runs["pipeline build (train to published page)"]]
    print()
    print_table(["stage", "seconds"], [[stage, f"{median([s[stage] for s in stages]):.2f}"] for stage in stages[0]])
    save_results(
        "build",
        {
            "commands": {n: [{"seconds": t.seconds, "peak_mb": t.peak_mb} for t in ts] for n, ts in runs.items()},
            "stages": stages,
        },
    )


if __name__ == "__main__":
    main()
