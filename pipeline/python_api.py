"""The functions that the package exports, and how arguments or a command's options
become a Config.
"""

import contextlib
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.build_result import BuildResult, held_note
from pipeline.config import (
    DEVICES,
    DISTRIBUTIONS,
    ENDS,
    Config,
    Device,
    Distribution,
    End,
)
from pipeline.data.array_files import write_arrays
from pipeline.data.prepare import data_name
from pipeline.errors import ConfigError, PipelineError, PublishError
from pipeline.publication import publish_site
from pipeline.recipes.reading import Recipe, load_recipe, override
from pipeline.records import PublishedSite
from pipeline.signing.signer import Signer
from pipeline.site.page import web_dir
from pipeline.site.settings import hold_of
from pipeline.stages.run import run_stages
from pipeline.system.progress import Progress, silent
from pipeline.system.tensorflow import determinism_restored
from pipeline.versions.store import latest, open_version, validate_name, version_folders

if TYPE_CHECKING:
    from pipeline.checking.findings import Report
    from pipeline.deploying.plan import Deployment
    from pipeline.recipes.settings import Settings

_CHOICES = {"until": ENDS, "device": DEVICES, "distribute": DISTRIBUTIONS}
_COMMAND = re.compile(r"(`pipeline [^`]*`)")
_OPTION = re.compile(
    r"--([a-z]+(?:-[a-z]+)*)(?: ([a-z_.]+)=(\S*[^\s,.;)])| (?=[A-Z]+\b))?"
)


@contextlib.contextmanager
def _naming_arguments() -> Iterator[None]:
    """Let errors name arguments where they name options; the commands in them stay as
    they are.
    """
    try:
        yield
    except PipelineError as error:
        parts = _COMMAND.split(str(error))
        error.args = (
            "".join(
                part if _COMMAND.fullmatch(part) else _OPTION.sub(_argument, part)
                for part in parts
            ),
        )
        raise


def _argument(option: re.Match[str]) -> str:
    name, key, value = option.groups()
    if key:
        return (
            f'{name}={{"{key}":'
            f" {value.title() if value in ('true', 'false') else value}}}"
        )
    return ("runtime" if name == "in" else name.replace("-", "_")) + (
        "=" if option[0].endswith(" ") else ""
    )


@_naming_arguments()
def build(
    recipe: str | Path | Recipe | None = None,
    data: str | Path | Iterable[Any] = "mnist",
    *,
    set: "Settings | None" = None,  # noqa: A002 (as --set)
    model: Any = None,
    name: str | None = None,
    until: End = "publish",
    force: bool = False,
    device: Device = "auto",
    distribute: Distribution = "none",
    callbacks: Sequence[Any] = (),
    store: str | Path = "exported_models",
    site: str | Path = "site",
    runs: str | Path = "runs",
    key: str | Path | None = None,
    base_url: str | None = None,
    expires: int | None = None,
    embed_only: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> BuildResult:
    """Run all stages, from the data to the published page, as the command `pipeline
    build` does.

    Args:
        recipe: a built-in recipe by its name, the path of a .toml file, or a Recipe; by
            default "softmax", and for a
            `model` one with the defaults of all keys.
        data: "mnist", or the path of an .npz file or of a folder; or (x_train, y_train,
            x_test, y_test), (x, y) of
            which `data.test_share` is kept for tests, or a `tf.data.Dataset` of images
            and labels, or two.
        set: values of the recipe's keys, such as {"training.epochs": 5}.
        model: a `keras.Model`, or the path of its file, that was trained elsewhere;
            nothing is trained then.
        name: of the model; by default made of the data's and the recipe's, or the
            model's.
        until: last stage to run: "data", "train", "evaluate", "verify" or "publish".
        force: run every stage, even if unchanged.
        device: "auto", "cpu" or "gpu".
        distribute: "none", "mirrored" or "multiworker".
        callbacks: objects of `keras.callbacks.Callback`. With them Keras' `fit` trains
            the model again.
        store: folder for the verified versions.
        site: folder of the site.
        runs: folder for checkpoints and intermediate results.
        key: file with the private key that signs the version.
        base_url: address where the site will be hosted; None keeps what an earlier
            publication was given.
        expires: days until `latest.json` has to be renewed, by the next publication; 0
            never, None as before.
        embed_only: leave out the page; publish what other pages embed.
        dry_run: only read the data; the result's `planned` lists the stages that would
            run.
        progress: called with one line of text at a time.

    Returns:
        The results of each stage.

    Raises:
        PipelineError: a stage failed; its subclass says in which way, and the published
        site is unchanged.
    """
    for option, given in {
        "until": until,
        "device": device,
        "distribute": distribute,
    }.items():
        if given not in _CHOICES[option]:
            choices = ", ".join(_CHOICES[option])
            raise ConfigError(
                f"{option} must be one of {choices}. Received: {given!r}. Choose one of"
                " them."
            )
    with determinism_restored(), tempfile.TemporaryDirectory() as folder:
        path = _as_file(model, Path(folder))
        source, is_split = data, False
        if not isinstance(data, str | Path):
            source = Path(folder, "arrays")
            source.mkdir()
            is_split = write_arrays(
                data, source, _recipe(recipe, set or {}, model).data
            )
        config = configured(
            recipe,
            str(source),
            set=set,
            is_split=is_split,
            model=path,
            name=name,
            force=force,
            device=device,
            distribute=distribute,
            callbacks=tuple(callbacks),
            out=Path(store),
            site=Path(site),
            runs=Path(runs),
            key=None if key is None else Path(key),
            base_url=base_url,
            expires=expires,
            embed_only=embed_only,
        )
        return run_stages(
            config, until=until, dry_run=dry_run, progress=progress or silent
        )


@_naming_arguments()
def publish(
    name: str,
    version: str | None = None,
    *,
    store: str | Path = "exported_models",
    site: str | Path = "site",
    key: str | Path | None = None,
    base_url: str | None = None,
    expires: int | None = None,
    embed_only: bool = False,
    progress: Progress | None = None,
) -> PublishedSite:
    """Publish a version that is in the store already, as the last stage of a build
    does.

    `version` has 12 hexadecimal digits; by default it is the one that was built last.
    The rest is as in `build`.

    Raises:
        ConfigError: a name or an address that is not allowed, or folders that overlap.
        PublishError: there is no such version, it is damaged, its model is held, or the
        site cannot be written.
    """
    progress, out, site = progress or silent, Path(store), Path(site)
    wanted = version or latest(out, validate_name(name))
    if wanted is None or not (out / name / wanted).is_dir():
        known = (
            ", ".join(sorted(folder.name for folder in version_folders(out, name)))
            or "none"
        )
        raise PublishError(
            f"Only a version in the store can be published. Received: {name}"
            f" {version or ''}".rstrip()
            + f"; {out} has of it: {known}. Build one, or pass another store."
        )
    signer = Signer.read(Path(key), site, out) if key else None
    opened = open_version((out / name / wanted).resolve())
    if held := hold_of(site, out, name, wanted):
        raise PublishError(held_note(held, name, wanted))
    return publish_site(
        opened,
        site.resolve(),
        web_dir(),
        out,
        embed_only=embed_only,
        signer=signer,
        base_url=base_url,
        expires=expires,
        progress=progress,
    )


@_naming_arguments()
def rollback(
    name: str,
    version: str | None = None,
    *,
    store: str | Path = "exported_models",
    site: str | Path = "site",
    key: str | Path | None = None,
    progress: Progress | None = None,
) -> PublishedSite:
    """Point the site back to an older version, by default the one before, and hold the
    model: `pipeline rollback`.

    Raises PublishError if there is no such version, and ConfigError or DiskError as
    `publish` does.
    """
    from pipeline.site.releases import rollback as roll_back

    signer = Signer.read(Path(key), Path(site), Path(store)) if key else None
    return roll_back(
        Path(site),
        Path(store),
        name,
        version,
        signer=signer,
        progress=progress or silent,
    )


@_naming_arguments()
def deploy(
    target: str,
    *,
    site: str | Path = "site",
    dry_run: bool = False,
    verify: bool = False,
    unchecked: bool = False,
    progress: Progress | None = None,
) -> "Deployment":
    """Bring the site to a git branch, a folder, a bucket or a server, as `pipeline
    deploy` does.

    Raises CheckFailed if the site is not what was published, and PublishError if the
    target cannot be written.
    """
    from pipeline.deploying.deploy import deploy_site

    options = {"dry_run": dry_run, "verify": verify, "unchecked": unchecked}
    return deploy_site(Path(site), target, progress=progress or silent, **options)


@_naming_arguments()
def check(
    target: str | Path,
    *,
    key: str | Path | None = None,
    run: bool = False,
    model: str | Path | None = None,
    samples: Any = None,
    runtime: str | None = None,
    backend: str | None = None,
    progress: Progress | None = None,
) -> "Report":
    """Check what somebody published, without trusting it, as `pipeline check` does; the
    report has `passed`.

    Raises DataError if the target cannot be read, and ConfigError if the key or the
    address cannot be used, or what runs a model is missing.
    """
    from pipeline.checking.check import check_target

    trusted, keras_file = (
        None if key is None else str(key),
        None if model is None else Path(model),
    )
    more: dict[str, Any] = {
        "samples": samples,
        "runtime": runtime,
        "backend": backend,
        "progress": progress or silent,
    }
    return check_target(str(target), key=trusted, run=run, model=keras_file, **more)


def configured(
    recipe: str | Path | Recipe | None = None,
    data: str = "mnist",
    *,
    set: Mapping[str, Any] | None = None,  # noqa: A002 (as --set)
    model: Path | None = None,
    name: str | None = None,
    **options: Any,
) -> Config:
    """The Config of a build: `options` are further fields of it.

    Raises ConfigError if the recipe cannot be used, a value breaks a rule, an option
    does not apply, or the name is not allowed.
    """
    values = set or {}
    chosen = _recipe(recipe, values, model)
    _require_applying(values, options, chosen, model)
    if name is None:
        name = f"{data_name(data)}-{data_name(str(model)) if model else chosen.name}"
    return Config(
        name=validate_name(name), recipe=chosen, data=data, model=model, **options
    )


def _require_applying(
    values: Mapping[str, Any],
    options: dict[str, Any],
    recipe: Recipe,
    model: Path | None,
) -> None:
    """Refuse what would have no effect."""
    if not model:
        if recipe.model.from_logits:
            raise ConfigError(
                "model.from_logits is for a model of your own. Received: no --model."
                " Pass its file, too."
            )
        return
    without_effect = {
        key: value
        for key, value in values.items()
        if key.startswith(("model.", "training."))
    }
    without_effect.pop("model.from_logits", None)
    defaults = {"device": "auto", "distribute": "none", "callbacks": ()}
    given = {
        key: options[key]
        for key, default in defaults.items()
        if options.get(key, default) != default
    }
    for option, value in (without_effect | given).items():
        raise ConfigError(
            f"{option} says how to train, and a --model is trained already. Received:"
            f" {value}. Leave one of them out."
        )


def _recipe(
    recipe: str | Path | Recipe | None, values: Mapping[str, Any], model: Any
) -> Recipe:
    if recipe is None:
        recipe = "softmax" if model is None else Recipe(name="own")
    return override(
        recipe if isinstance(recipe, Recipe) else load_recipe(str(recipe)), values
    )


def _as_file(model: Any, folder: Path) -> Path | None:
    """The path of the file that holds a model; a live one is saved to the folder."""
    if model is None or isinstance(model, str | Path):
        return None if model is None else Path(model)
    from pipeline.tfjs.keras_model import check_built

    check_built(model)
    path = folder / f"{data_name(model.name)}.keras"
    model.save(path)
    return path
