"""When more machines pay off: step times measured on this machine, and the modeled cost
of a ring all-reduce.

A simulation. Measured here: compute time, with the pipeline's own trainers, and the
latency per message of TensorFlow's all-reduce between two processes. Assumed: the
networks. The batch is the recipe's, whatever the number of workers, so that they all
train the same model: each worker takes a share of it.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.harness import free_ports, median, print_table, save_results

WORKERS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
STEPS, EPOCHS = 200, 4  # steps per epoch of a recipe's model; the first epoch compiles
RESNET_STEPS, RESNET_SHARES, RESNET_BATCH = 2, (1, 2, 4, 8), 256


@dataclass(frozen=True, kw_only=True)
class Network:
    """The network between the workers."""

    name: str
    bandwidth: float  # bytes per second, in each direction
    latency: float  # seconds per message


@dataclass(frozen=True, kw_only=True)
class Costs:
    """The cost of one training step of a model on this machine, in seconds."""

    name: str
    batch: int  # images per step, over all workers
    gradient: int  # bytes
    alone: float  # a step of the whole batch, by the trainer for one device
    fixed: float  # a step of a share of n images takes fixed + n * per_image
    per_image: float


def ring_seconds(workers: int, gradient: int, network: Network) -> float:
    """Time of a ring all-reduce:

    each of n workers sends 2 (n - 1) messages, in turn, of 1/n of the gradient.
    """
    messages = 2 * (workers - 1)
    return messages * (gradient / workers / network.bandwidth + network.latency)


def speedup(costs: Costs, workers: int, network: Network) -> float | None:
    """How many times faster than one machine; None when there are more workers than
    images in a batch.
    """
    if workers == 1:
        return 1.0
    if workers > costs.batch:
        return None
    share = -(-costs.batch // workers)
    step = (
        costs.fixed
        + share * costs.per_image
        + ring_seconds(workers, costs.gradient, network)
    )
    return costs.alone / step


def verdict(costs: Costs, network: Network) -> str:
    """Where more machines pay off, in words."""
    factors = {
        n: factor for n in WORKERS if (factor := speedup(costs, n, network)) is not None
    }
    best = max(factors, key=lambda n: factors[n])
    if best == 1:
        return "never"
    half = [n for n, factor in factors.items() if n > 1 and factor >= n / 2]
    efficient = (
        f", at least half of each machine's speed up to {max(half)}" if half else ""
    )
    return f"fastest with {best} ({factors[best]:.1f} x){efficient}"


def seconds_per_step(
    make: Callable[[], Any],
    shape: tuple[int, ...],
    share: int,
    steps: int,
    compiler: str | None = None,
) -> float:
    """The median over epochs of the trainer's own time for one step; by default with
    its own choice of compiler.
    """
    from pipeline.training.compiled_epoch import DeviceRun, choose_compiler
    from pipeline.training.epochs import TrainingData

    random = np.random.default_rng(0)
    inputs = random.random((share * steps, *shape), np.float32)
    labels = random.integers(0, 10, len(inputs))
    data = TrainingData(
        inputs=inputs,
        labels=labels,
        validation_inputs=inputs[:0],
        validation_labels=labels[:0],
    )
    seconds: list[float] = []
    model = make()
    run = DeviceRun(
        model,
        data,
        batch_size=share,
        compiler=compiler or choose_compiler(model, "CPU"),
    )
    run.train(
        epochs=EPOCHS, seed=1, on_epoch=lambda result: seconds.append(result.seconds)
    )
    return median(seconds[2:]) / steps  # epoch 0 is not trained, epoch 1 compiles


def measure_recipe(name: str) -> Costs:
    from pipeline.recipes.reading import load_recipe
    from pipeline.training.model import build_model

    recipe = load_recipe(name)
    batch = recipe.training.batch_size
    shape = (28, 28, 1) if recipe.model.kind == "cnn" else (784,)

    def make() -> Any:
        return build_model(recipe, shape=shape, classes=10, steps=EPOCHS * STEPS)

    model = make()
    alone = seconds_per_step(make, shape, batch, STEPS)
    shares = [share for share in (1, 4, 16, 64) if share <= batch]
    times = [seconds_per_step(make, shape, share, STEPS, "graph") for share in shares]
    return fit(name, batch, 4 * model.count_params(), shares, times, alone)


def measure_resnet() -> Costs:
    import keras

    def make() -> Any:
        model = keras.applications.ResNet50(weights=None)
        model.compile(
            optimizer=keras.optimizers.SGD(0.1, momentum=0.9),
            loss=keras.losses.SparseCategoricalCrossentropy(),
            metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
        )
        return model

    times = [
        seconds_per_step(make, (224, 224, 3), share, RESNET_STEPS, "graph")
        for share in RESNET_SHARES
    ]
    gradient = 4 * sum(int(np.prod(v.shape)) for v in make().trainable_variables)
    return fit("ResNet50, 224x224", RESNET_BATCH, gradient, RESNET_SHARES, times, None)


def fit(
    name: str,
    batch: int,
    gradient: int,
    shares: Any,
    times: list[float],
    alone: float | None,
) -> Costs:
    """Fit a line through the times of several shares; it gives the whole batch's time
    where that was not measured.
    """
    per_image, fixed = (float(value) for value in np.polyfit(shares, times, 1))
    fixed = max(fixed, 0.0)
    return Costs(
        name=name,
        batch=batch,
        gradient=gradient,
        alone=fixed + batch * per_image if alone is None else alone,
        fixed=fixed,
        per_image=per_image,
    )


def measure_latency(costs: Costs) -> float:
    """Seconds per message of TensorFlow's all-reduce between two local processes, from
    training the softmax.
    """
    ports = free_ports(2)
    with tempfile.TemporaryDirectory() as folder:
        processes = []
        for index in range(2):
            cluster = {"worker": [f"127.0.0.1:{port}" for port in ports]}
            config = json.dumps(
                {"cluster": cluster, "task": {"type": "worker", "index": index}}
            )
            command = [
                sys.executable,
                "-m",
                "pipeline",
                "build",
                "--until",
                "train",
                "--device",
                "cpu",
            ]
            processes.append(
                subprocess.Popen(
                    [
                        *command,
                        "--set",
                        "training.epochs=4",
                        "--distribute",
                        "multiworker",
                    ],
                    cwd=folder,
                    env={**os.environ, "TF_CONFIG": config},
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
        outputs = [process.communicate()[1] for process in processes]
    if any(process.returncode for process in processes):
        raise SystemExit("\n".join(outputs))
    rates = [
        float(rate.replace(",", ""))
        for rate in re.findall(r"([\d,]+) images/s", outputs[0])
    ]
    step = costs.batch / median(rates)  # an epoch that compiles has none
    computing = costs.fixed + costs.batch / 2 * costs.per_image
    return max(step - computing, 0.0) / 2  # with two workers, each sends two messages


def main() -> None:
    from pipeline.system.tensorflow import start_tensorflow

    start_tensorflow("cpu")
    models = [measure_recipe(name) for name in ("softmax", "mlp", "cnn")]
    models.append(measure_resnet())
    latency = measure_latency(models[0])
    networks = [
        Network(
            name="10 Gb/s, TensorFlow's latency here", bandwidth=1.25e9, latency=latency
        ),
        Network(name="10 Gb/s, 50 us", bandwidth=1.25e9, latency=50e-6),
        Network(name="100 Gb/s, 5 us", bandwidth=12.5e9, latency=5e-6),
    ]
    print(
        f"TensorFlow's all-reduce between two processes here: {latency * 1e6:.0f} us"
        " per message\n"
    )
    print_table(
        [
            "model",
            "batch",
            "gradient MB",
            "step ms, one machine",
            "step ms, a share of s images",
        ],
        [
            [
                model.name,
                str(model.batch),
                f"{model.gradient / 1e6:.2f}",
                f"{model.alone * 1e3:.2f}",
                f"{model.fixed * 1e3:.2f} + {model.per_image * 1e3:.3f} s",
            ]
            for model in models
        ],
    )
    for network in networks:
        print(f"\n{network.name}: ms that an all-reduce takes\n")
        rings = [
            [ring_seconds(n, model.gradient, network) for n in WORKERS[1:]]
            for model in models
        ]
        print_table(
            ["workers", *(str(n) for n in WORKERS[1:])],
            [
                [m.name, *(f"{1e3 * s:.2f}" for s in ring)]
                for m, ring in zip(models, rings, strict=True)
            ],
        )
        print(f"\n{network.name}: times faster than one machine\n")
        rows = []
        for model in models:
            factors = [speedup(model, n, network) for n in WORKERS]
            shown = ["-" if factor is None else f"{factor:.2f}" for factor in factors]
            rows.append([model.name, *shown, verdict(model, network)])
        print_table(["workers", *(str(n) for n in WORKERS), "more machines pay"], rows)
    save_results("scale")


if __name__ == "__main__":
    main()
