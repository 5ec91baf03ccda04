"""Training: our trainer against `model.fit` for three recipes and other network sizes,
and softmax regression's 37,500 steps against other libraries.

Each run is a fresh process, and contenders take turns. Seconds include compiling, but
not importing or preparing the data. All except scikit-learn train on the same batches.
PyTorch, JAX and scikit-learn (requirements/peers.txt) run in an environment of their
own (`make peers`); without it their rows say so.
"""

import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.harness import Timed, median, print_table, run_process, save_results
from bench.peers import HERE, PEERS

PEERS_PYTHON = Path(__file__).parents[1] / ".venv-peers" / "bin" / "python"
RUNS = 3


@dataclass(frozen=True)
class Case:
    """A recipe's network, at its own size or another."""

    recipe: str
    epochs: int
    images: int = 60_000
    # overrides of the recipe's settings
    model: dict[str, int] = field(default_factory=dict)
    batch_size: int | None = None  # None: the recipe's
    compiler: str | None = None  # None: by the rule


CASES = {"plain": Case("plain", 20), "mlp": Case("mlp", 10), "cnn": Case("cnn", 2)}
# Narrow and wide networks, small and large batches, one or two epochs: compiling might
# cost more than it saves.
SIZES = {
    "softmax, batch of 8": Case("plain", 1, images=20_000, batch_size=8),
    "softmax, batch of 512": Case("plain", 2, batch_size=512),
    "hidden layer of 16": Case("mlp", 2, model={"units": 16}),
    "hidden layer of 1,024, batch of 512": Case(
        "mlp", 2, model={"units": 1024}, batch_size=512
    ),
    "hidden layer of 4,096, batch of 256": Case(
        "mlp", 1, images=30_000, model={"units": 4096}, batch_size=256
    ),
    "convolutions of 4 and 8": Case("cnn", 1, images=30_000, model={"filters": 4}),
    "convolutions of 64 and 128, batch of 32": Case(
        "cnn", 1, images=10_000, model={"filters": 64}, batch_size=32
    ),
    "convolutions of 16 and 32, batch of 512": Case(
        "cnn", 1, images=30_000, batch_size=512
    ),
}
# times as fast as `fit`, at least
PROMISES = {"plain": 10.0, "mlp": 4.0, "cnn": 1.3} | dict.fromkeys(SIZES, 0.95)
WAYS = {
    "fit": "Keras model.fit",
    "fit-many": "Keras model.fit, steps_per_execution=100",
    "ours": "pipeline",
}
OPENBLAS_SETTINGS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
PLAIN_BATCH, PLAIN_RATE = 32, 0.1
GIGA = 1e9


def load(recipe_name: str) -> tuple[Any, Any, list[dict[str, Any]]]:
    """Recipe, images, and the recipe's steps except those that move pixels, whose time
    is not training time.
    """
    from pipeline.data.arrays import load_images
    from pipeline.data.prepare import default_cache_dir, prepare_data
    from pipeline.recipes.reading import load_recipe

    recipe = load_recipe(recipe_name)
    images = load_images(
        prepare_data(
            "mnist", cache_dir=default_cache_dir(), work_dir=default_cache_dir()
        )
    )
    return (
        recipe,
        images,
        [
            s
            for s in recipe.preprocess.image_steps()
            if s["step"] not in ("deskew", "align")
        ],
    )


def train_once(case: Case, way: str) -> dict[str, Any]:
    """Train in one way, in this process."""
    from pipeline.preprocessing.apply import prepare_images
    from pipeline.system.tensorflow import device_name, start_tensorflow
    from pipeline.training.compiled_epoch import DeviceRun, choose_compiler
    from pipeline.training.epochs import TrainingData, epoch_order
    from pipeline.training.input_pipeline import to_model_input
    from pipeline.training.model import build_model

    tf = start_tensorflow("auto")
    import keras

    recipe, images, steps = load(case.recipe)
    recipe = replace(recipe, model=replace(recipe.model, **case.model))
    pixels, labels = images.train[: case.images], images.train_labels[: case.images]
    epochs, batch_size = case.epochs, case.batch_size or recipe.training.batch_size
    test = prepare_images(images.test, steps)
    keras.utils.set_random_seed(1)
    total = -(-len(pixels) // batch_size) * epochs
    model = build_model(recipe, shape=test.shape[1:], classes=10, steps=total)
    if way == "ours":
        data = TrainingData(
            inputs=pixels,
            labels=labels,
            validation_inputs=pixels[:0],
            validation_labels=labels[:0],
            to_input=lambda batch: to_model_input(batch, steps),
        )
        strategy = case.compiler or choose_compiler(model, device_name(tf))
        started = time.perf_counter()
        run = DeviceRun(model, data, batch_size=batch_size, compiler=strategy)
        run.train(epochs=epochs, seed=1, on_epoch=lambda _: None)
    else:
        strategy = ""
        inputs = prepare_images(pixels, steps)
        if way == "fit-many":
            model.compile(
                optimizer=model.optimizer,
                loss=model.loss,
                metrics=["accuracy"],
                steps_per_execution=100,
            )
        started = time.perf_counter()
        for epoch in range(1, epochs + 1):
            order = epoch_order(1, epoch, len(inputs))
            model.fit(
                inputs[order],
                labels[order],
                batch_size=batch_size,
                shuffle=False,
                verbose=0,
            )
    seconds = time.perf_counter() - started
    answers = model.predict(test, batch_size=1000, verbose=0).argmax(axis=1)
    accuracy = float(np.mean(answers == images.test_labels))
    return {
        "seconds": seconds,
        "accuracy": accuracy,
        "strategy": strategy,
        "device": device_name(tf),
    }


def write_peers_data(path: Path, epochs: int) -> None:
    """Write the data the peers read, see bench/peers."""
    from pipeline.preprocessing.apply import prepare_images
    from pipeline.training.epochs import epoch_order

    _, images, steps = load("plain")
    orders = [
        epoch_order(1, epoch, len(images.train)) for epoch in range(1, epochs + 1)
    ]
    np.savez(
        path,
        inputs=prepare_images(images.train, steps),
        labels=images.train_labels,
        orders=np.array(orders, np.int32),
        test=prepare_images(images.test, steps),
        test_labels=images.test_labels,
        batch=PLAIN_BATCH,
        rate=PLAIN_RATE,
    )


def lower_bound() -> dict[str, float]:
    """The fewest seconds in which this processor could do the softmax's steps, from its
    peak speed measured here.

    A step multiplies (32 × 784) · (784 × 10) for the scores and (784 × 32) · (32 × 10)
    for the gradient; each term is a multiplication and an addition: 2 · 2 · 32 · 784 ·
    10 operations. It reads 32 · 784 pixels of at least one byte. Operations per second
    are bounded by those of a large matrix product, bytes per second by those of a sum
    over a large array.
    """
    steps = CASES["plain"].epochs * 60_000 // PLAIN_BATCH
    operations = steps * 4 * PLAIN_BATCH * 784 * 10
    pixels = steps * PLAIN_BATCH * 784
    side = 2048
    square = np.random.default_rng(0).random((side, side), np.float32)
    many = np.ones(2**26, np.float32)
    best = {"product": np.inf, "sum": np.inf}
    for _ in range(5):
        for name, work in (
            ("product", lambda: square @ square),
            ("sum", lambda: many.sum()),
        ):
            started = time.perf_counter()
            work()
            best[name] = min(best[name], time.perf_counter() - started)
    rate, bandwidth = 2 * side**3 / best["product"], many.nbytes / best["sum"]
    return {
        "operations": operations,
        "operations_per_second": rate,
        "bytes": pixels,
        "bytes_per_second": bandwidth,
        "seconds": max(operations / rate, pixels / bandwidth),
    }


def measure(scratch: Path) -> dict[str, list[dict[str, Any]]]:
    """All runs of all contenders, which take turns."""
    data = scratch / "data.npz"
    write_peers_data(data, CASES["plain"].epochs)
    module = [sys.executable, "-m", "bench.train"]
    # Settings for other versions of OpenBLAS than the one in a peer's NumPy would make
    # that one slower.
    for setting in OPENBLAS_SETTINGS:
        os.environ.pop(setting, None)
    commands = {f"{case} {way}": [*module, case, way] for case in CASES for way in WAYS}
    for peer in PEERS:
        python = sys.executable if peer == "numpy_loop" else str(PEERS_PYTHON)
        if Path(python).exists():
            commands[f"peer {peer}"] = [python, str(HERE / f"{peer}.py"), str(data)]
    commands |= {
        f"{case} {way}": [*module, case, way]
        for case in SIZES
        for way in ("fit", "ours")
    }
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, command in commands.items():
            timed: Timed = run_process(command)
            runs[name].append({**json.loads(timed.stdout), "peak_mb": timed.peak_mb})
    return runs


def row(
    title: str, runs: list[dict[str, Any]], base: float, bound: float | None
) -> list[str]:
    seconds = [run["seconds"] for run in runs]
    cells = [
        title,
        f"{median(seconds):.1f} ({min(seconds):.1f} to {max(seconds):.1f})",
        f"{base / median(seconds):.1f} x",
        f"{runs[0]['accuracy']:.4f}",
        f"{median([run['peak_mb'] for run in runs]):,.0f}",
    ]
    return [*cells, *([f"{median(seconds) / bound:.0f} x"] if bound else [])]


def print_promises(runs: dict[str, list[dict[str, Any]]]) -> None:
    """Print every network's speed against `model.fit`, and the softmax's against a loop
    in NumPy.
    """
    rows = []
    against = {
        case: (f"{case} fit", f"{case} ours", promised)
        for case, promised in PROMISES.items()
    }
    against["plain, beside NumPy"] = ("peer numpy_loop", "plain ours", 1.0)
    for case, (theirs, name, promised) in against.items():
        other, ours = (
            [run["seconds"] for run in runs[each]] for each in (theirs, name)
        )
        ratio = median(other) / median(ours)
        kept = "kept" if ratio >= promised else "MISSED"
        strategy = runs[name][0]["strategy"]
        rows.append(
            [
                case,
                strategy,
                f"{median(other):.1f}",
                f"{median(ours):.1f}",
                f"{ratio:.2f} x",
                f"{promised:g} x",
                kept,
            ]
        )
    print_table(
        [
            "network",
            "strategy",
            "fit or NumPy, s",
            "pipeline, s",
            "speed",
            "promised at least",
            "",
        ],
        rows,
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        runs = measure(Path(scratch))
    bound = lower_bound()
    header = ["seconds", "speed", "test accuracy", "peak MB"]
    for name, case in CASES.items():
        base = median([run["seconds"] for run in runs[f"{name} fit"]])
        strategy = runs[f"{name} ours"][0]["strategy"]
        limit = bound["seconds"] if name == "plain" else None
        rows = []
        for way, title in WAYS.items():
            label = f"{title} ({strategy})" if way == "ours" else title
            rows.append(row(label, runs[f"{name} {way}"], base, limit))
        if name == "plain":
            for peer, title in PEERS.items():
                found = runs.get(f"peer {peer}")
                missing = [title, "not installed: make peers", *["-"] * 4]
                rows.append(
                    row(f"{title} {found[0]['version']}", found, base, limit)
                    if found
                    else missing
                )
        print_table(
            [
                f"{name}, {case.epochs} epochs",
                *header,
                *(["of the bound"] if limit else []),
            ],
            rows,
        )
        print()
    print_promises(runs)
    print()
    operations, rate = bound["operations"] / GIGA, bound["operations_per_second"] / GIGA
    pixels, bandwidth = bound["bytes"] / GIGA, bound["bytes_per_second"] / GIGA
    print(
        f"The bound is {bound['seconds']:.2f} s: {operations:.1f} Gflop at {rate:.0f}"
        f" Gflop/s, or {pixels:.2f} GB at {bandwidth:.1f} GB/s, whichever takes longer."
    )
    titles = {f"plain {way}": title for way, title in WAYS.items()} | {
        f"peer {p}": title for p, title in PEERS.items()
    }
    bars = [
        {
            "title": title,
            "seconds": median([run["seconds"] for run in runs[name]]),
            "ours": name == "plain ours",
        }
        for name, title in titles.items()
        if name in runs
    ]
    save_results("train", {"bars": bars})


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(json.dumps(train_once((CASES | SIZES)[sys.argv[1]], sys.argv[2])))
    else:
        main()
