"""Models of other people's packages, as small as they come: `python -m
tests.tfjs_cases.packages`.

`make test-all` installs the packages of requirements/models.txt. One that is missing is
left out, and said so.
"""

import importlib.util
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipeline.tfjs.keras_model import reason_of
from tests.tfjs_cases.harness import randomise
from tests.tfjs_cases.standing import Judge, Result, counts, record, row
from tests.tfjs_cases.table import arguments, read

RESULTS = Path(__file__).with_name("packages.json")
MODULES = {
    "keras-hub": "keras_hub", "keras-tcn": "tcn", "keras-unet-collection": "keras_unet_collection", "kimm": "kimm",
}  # fmt: skip


def _options(text: str) -> dict[str, Any]:
    """The options of a model; those that a word alone stands for are those of its line
    in [same].
    """
    found: dict[str, Any] = {}
    for name, value in arguments(text).items():
        found |= (
            {name: value} if name.isidentifier() else _options(_TABLE["same"][value])
        )
    return found


_TABLE = read("packages.toml")
SMALL = {
    package: {name: _options(text) for name, text in _TABLE[package].items()}
    for package in MODULES
}


def models(
    package: str, chosen: Mapping[str, dict[str, Any]] | None = None
) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Names of a package's models, and what builds each: those of SMALL, or the chosen,
    which are options by name.

    A name is that of the package's class or function; what follows a space tells
    variants of it apart.
    """
    module: Any = importlib.import_module(MODULES[package])
    for name, options in (SMALL[package] if chosen is None else chosen).items():
        kind = name.split()[0]
        if package == "keras-hub":
            yield name, partial(getattr(module.models, f"{kind}Backbone"), **options)
        elif package == "keras-tcn":
            yield name, partial(_tcn, module, options)
        elif package == "kimm":
            shape = (224, 224, 3) if "Vision" in name else (64, 64, 3)
            build = getattr(module.models, kind)
            yield (
                name,
                partial(
                    build,
                    weights=None,
                    input_shape=shape,
                    classifier_activation="linear",
                    **options,
                ),
            )
        else:
            yield (
                name,
                partial(
                    getattr(
                        importlib.import_module(f"{MODULES[package]}.models"), kind
                    ),
                    **options,
                ),
            )


def _tcn(module: Any, options: dict[str, Any]) -> Any:
    import keras

    return keras.Sequential(
        [keras.Input((20, 3)), module.TCN(nb_filters=4, dilations=(1, 2, 4), **options)]
    )


def missing() -> list[str]:
    """The packages that are not installed."""
    return [
        name
        for name, module in MODULES.items()
        if importlib.util.find_spec(module) is None
    ]


def judged(package: str) -> list[Result]:
    """Convert a package's models."""
    with warnings.catch_warnings():
        # their own: of weights that are not asked for, of old NumPy
        warnings.simplefilter("ignore")
        return [_judged(package, name, build) for name, build in models(package)]


def _judged(package: str, name: str, build: Callable[[], Any]) -> Result:
    import keras

    keras.backend.clear_session(free_memory=False)
    try:
        model = randomise(build())
    except Exception as error:
        return Result(
            package, name, "not judged", f"{type(error).__name__}: {reason_of(error)}"
        )
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(Path(folder))
        judge.export(package, name, model)
        return judge.finish()[0]


def main() -> None:
    """Judge the models of all packages, and keep the results."""
    if lacking := missing():
        raise SystemExit(
            f"All packages must be installed. Missing: {', '.join(lacking)}. Next step:"
            " make .venv/.models"
        )
    results = []
    for package in MODULES:
        results += judged(package)
        sys.stdout.write(row(package, counts(results)[package]))
    record(RESULTS, results, {name: version(name) for name in ("keras", *MODULES)})


if __name__ == "__main__":
    main()
