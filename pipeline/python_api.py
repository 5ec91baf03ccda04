"""`build`, the function that the package exports, and how its arguments or a command's options become a Config."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.build_result import BuildResult
from pipeline.config import DEVICES, DISTRIBUTIONS, Config
from pipeline.data import data_name
from pipeline.errors import ConfigError
from pipeline.recipes.reading import OVERRIDABLE, load_recipe, override
from pipeline.stages import run_stages
from pipeline.system.json_records import did_you_mean
from pipeline.system.progress import Progress, silent
from pipeline.versions.store import validate_name

_CHOICES = {"device": DEVICES, "distribute": DISTRIBUTIONS}
_OVERRIDES = tuple(key for keys in OVERRIDABLE.values() for key in keys)
_OPTIONS = tuple(sorted({*_OVERRIDES, *(one.name for one in dataclasses.fields(Config))} - {"recipe"}))


def build(
    recipe: str | Path = "softmax",
    data: str | Path = "mnist",
    *,
    name: str | None = None,
    device: str = "auto",
    out: str | Path = "exported_models",
    site: str | Path = "site",
    runs: str | Path = "runs",
    key: str | Path | None = None,
    force: bool = False,
    embed_only: bool = False,
    callbacks: Sequence[Any] = (),
    tensorboard: str | Path | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> BuildResult:
    """Run all stages, from the data to the published page, as the command `pipeline build` does.

    Args:
        recipe: a built-in recipe by its name, or the path of a .toml file.
        data: "mnist", or the path of an .npz file or of a folder.
        name: of the model; by default made of the data's and the recipe's.
        device: "auto", "cpu" or "gpu".
        out: folder for the verified versions.
        site: folder of the site.
        runs: folder for checkpoints and intermediate results.
        key: file with the private key that signs the version.
        force: run every stage, even if unchanged.
        embed_only: leave out the page; publish what other pages embed.
        callbacks: objects of `keras.callbacks.Callback` without batch hooks. With them the model is trained anew.
        tensorboard: folder for what TensorBoard shows of the training.
        progress: called with one line of text at a time.
        options: the other options of `pipeline build`, such as threshold, epochs and seed. Without one, the recipe's
            value or the default is taken.

    Returns:
        What each stage found and made.

    Raises:
        PipelineError: a stage failed; its subclass says in which way, and the published site is unchanged.
    """
    options |= {"device": device, "force": force, "embed_only": embed_only}
    for option in options:
        if option not in _OPTIONS:
            raise ConfigError(
                f"`build` takes the options {', '.join(_OPTIONS)}. Received: {option}=."
                f"{did_you_mean(option, _OPTIONS)} Correct it."
            )
    for option, choices in _CHOICES.items():
        if (given := options.get(option, choices[0])) not in choices:
            raise ConfigError(f"{option} must be one of {', '.join(choices)}. Received: {given!r}. Choose one of them.")
    folders = {"out": Path(out), "site": Path(site), "runs": Path(runs), "key": None if key is None else Path(key)}
    logs = None if tensorboard is None else Path(tensorboard)
    config = configured(
        str(recipe), str(data), name, **options, **folders, tensorboard=logs, callbacks=tuple(callbacks)
    )
    return run_stages(config, progress=progress or silent)


def configured(recipe: str, data: str, name: str | None, **options: Any) -> Config:
    """The Config of a build. A key in OVERRIDABLE that is None or missing keeps the recipe's value.

    Raises ConfigError if the recipe cannot be used, a value breaks a rule, or the name is not allowed.
    """
    chosen = override(load_recipe(recipe), **{key: options.pop(key, None) for key in _OVERRIDES})
    name = f"{data_name(data)}-{chosen.name}" if name is None else name
    return Config(name=validate_name(name), recipe=chosen, data=data, **options)
