"""Keras' own layer tests as cases of the converter: `python -m
tests.tfjs_cases.keras_suite [CHECKOUT]`.

Keras' tests describe a layer and its inputs to `run_layer_test`. Here that builds a
model of the layer, which is exported and judged; Keras' own checks are left out. The
tests are those of the installed Keras, whose wheel has them, or of a checkout; the
Keras that they run against is the installed one. Without CHECKOUT the results are kept
for docs/coverage.md.
"""

import importlib.util
import inspect
import json
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

from pipeline.tfjs.keras_model import reason_of
from tests.tfjs_cases.harness import randomise
from tests.tfjs_cases.standing import Judge, Result, counts, numeric, record, row

RESULTS = Path(__file__).with_name("keras_suite.json")
FILES_PER_PROCESS = 8  # a crash ends one process, which loses the rest of one file
HOOK = "run_layer_test"


def main(checkout: Path | None = None) -> None:
    """Run the tests of all layers, and keep the results of the installed ones."""
    import keras
    import tensorflow as tf

    results = judged(checkout)
    if checkout is None:
        record(
            RESULTS, results, {"keras": keras.__version__, "tensorflow": tf.__version__}
        )
    for kind, found in counts(results).items():
        sys.stdout.write(row(kind, found))


def judged(checkout: Path | None = None) -> list[Result]:
    """Convert the cases in a checkout's tests, or the installed Keras'."""
    import keras

    root = checkout or Path(keras.__file__).parents[1]
    files = sorted(str(path) for path in (root / "keras/src/layers").rglob("*_test.py"))
    if not files:
        raise SystemExit(
            f"There must be tests in keras/src/layers. Received: {root}. Next step:"
            " give Keras' checkout."
        )
    results: list[Result] = []
    while files:
        found, done = _in_a_process(files[:FILES_PER_PROCESS])
        results += found
        files = files[done:]
        sys.stdout.write(f"{len(results)} cases, {len(files)} files to go\n")
        sys.stdout.flush()
    return results


def _in_a_process(files: list[str]) -> tuple[list[Result], int]:
    """The results of these files, and how many files are done with:

    all, or up to the one that ended the process.
    """
    command = [sys.executable, "-m", "tests.tfjs_cases.keras_suite", "--files", *files]
    run = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    lines = [
        json.loads(line)
        for line in run.stdout.splitlines()
        if line.startswith('{"file"')
    ]
    results = [Result(**one) for line in lines for one in line["results"]]
    if run.returncode == 0 and len(lines) == len(files):
        return results, len(files)
    name = Path(files[len(lines)]).name
    return [
        *results,
        Result(name, name, "crash", f"the process ended with {run.returncode}"),
    ], len(lines) + 1


def run_files(files: list[str]) -> None:
    """Run some test files in this process, and write the results of each as a line of
    JSON.
    """
    from keras.src.testing import TestCase

    for number, file in enumerate(files):
        with tempfile.TemporaryDirectory() as folder:
            judge = Judge(Path(folder))

            def hook(
                test: Any,
                layer_cls: Any,
                init_kwargs: Any,
                judge: Judge = judge,
                **options: Any,
            ) -> None:
                _case(
                    judge, test._testMethodName, layer_cls, init_kwargs or {}, options
                )

            setattr(TestCase, HOOK, hook)
            for test in _tests(file, f"keras_suite_{number}"):
                test.run(unittest.TestResult())
            results = [asdict(one) for one in judge.finish()]
        sys.stdout.write(json.dumps({"file": file, "results": results}) + "\n")
        sys.stdout.flush()


def _tests(file: str, name: str) -> Iterator[unittest.TestCase]:
    """The tests of a file that call `run_layer_test`."""
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec
    assert spec.loader
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    sys.modules["conftest"] = SimpleNamespace(
        skip_if_backend=lambda *_: lambda test: test
    )  # type: ignore[assignment]
    while True:
        try:
            spec.loader.exec_module(module)
            break
        except (
            ModuleNotFoundError
        ) as error:  # what other tests of the file compare with: SciPy, grain
            sys.modules[str(error.name)] = MagicMock()
    for case in list(vars(module).values()):
        if (
            inspect.isclass(case)
            and issubclass(case, unittest.TestCase)
            and case.__module__ == name
        ):
            for method in unittest.TestLoader().getTestCaseNames(case):
                if HOOK in inspect.getsource(inspect.unwrap(getattr(case, method))):
                    yield case(method)


def _case(
    judge: Judge,
    name: str,
    layer_cls: Any,
    init_kwargs: dict[str, Any],
    options: dict[str, Any],
) -> None:
    """One call of `run_layer_test`, as a case.

    Calls without inputs only test the constructor.
    """
    import keras
    from keras import tree

    if options.get("input_shape") is None and options.get("input_data") is None:
        return
    keras.backend.clear_session(free_memory=False)
    try:
        inputs, data = _inputs(options)
        layer, call = layer_cls(**init_kwargs), options.get("call_kwargs") or {}
        outputs = (
            layer(**inputs, **call)
            if isinstance(inputs, dict)
            else layer(inputs, **call)
        )
        model = randomise(keras.Model(inputs, outputs))
        samples = None if data is None else numeric(tree.flatten(data))
    except Exception as error:
        absent = "MagicMock" in str(error)
        reason = (
            "its arguments are computed by a package that is not installed"
            if absent
            else reason_of(error)
        )
        judge.results.append(Result(layer_cls.__name__, name, "not judged", reason))
        return
    judge.export(layer_cls.__name__, name, model, samples)


def _inputs(options: dict[str, Any]) -> tuple[Any, Any]:
    """Keras' inputs in the structure that the layer takes, with any number of rows, and
    the test's own data.
    """
    import keras
    from keras import tree
    from keras.src.testing.test_case import create_keras_tensors

    if options.get("input_sparse") or options.get("input_ragged"):
        raise ValueError("its inputs are sparse or ragged")
    data, shape = options.get("input_data"), options.get("input_shape")
    if data is None:
        dtype = options.get("input_dtype") or tree.map_shape_structure(
            lambda _: "float32", shape
        )
        like = create_keras_tensors(shape, dtype, False, False)
    else:
        like = tree.map_structure(keras.ops.convert_to_tensor, data)
    kind = keras.backend.standardize_dtype
    return (
        tree.map_structure(
            lambda one: keras.Input(tuple(one.shape)[1:], dtype=kind(one.dtype)), like
        ),
        data,
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--files"]:
        run_files(sys.argv[2:])
    else:
        main(*map(Path, sys.argv[1:2]))
