"""What a build is asked to do: a recipe (TOML), overridden by environment and flags.

Precedence: flag > `PIPELINE_*` environment > recipe file > default. The command line resolves the first two (click
reads the environment); `load_recipe` the last two.
"""

import dataclasses
import difflib
import math
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_type_hints

from pipeline.errors import ConfigError

RECIPES = Path(__file__).parent / "recipes"
SCHEDULES = ("constant", "cosine")
MODELS = ("softmax", "mlp", "cnn")
INITIALIZERS = ("glorot_uniform", "zeros")
OPTIMIZERS = ("sgd", "adam")
LAYOUTS = ("flatten", "channel")
DEVICES = ("auto", "cpu", "gpu")
DISTRIBUTIONS = ("none", "mirrored", "multiworker")
# MNIST's digits fill a box of 20 in a picture of 28 pixels (LeCun et al. 1998): a drawing fills any picture alike.
FIT_BOX, MNIST_SIDE = 20, 28
WORKING_BOXES = 3  # a drawing's strokes are redrawn at this many times the box, where a pixel is a third of MNIST's
THINNING = 0.7  # part of a bold pen's surplus that is taken off; taking off all misreads 1 % more of the boldest
# The spread of the ink to which `align` brings every image, in parts of the picture's sides. MNIST's deskewed training
# images have 0.195 and 0.123 on average; the accuracy is the same for widths from 0.12 to 0.19.
SPREAD_HEIGHT, SPREAD_WIDTH = 0.2, 0.15


@dataclass(frozen=True, kw_only=True)
class PreprocessRecipe:
    """How an image becomes the model's input, and how a drawing becomes such an image."""

    deskew: bool = False  # shear upright
    stretch: float = 1.0  # and stretch to a common height and width, by at most this factor; 1 is not at all
    scale: float = 1.0  # factor on the ink, which lies in 0..1
    layout: str = "flatten"  # of the input: "flatten" to H·W numbers, or "channel" for H×W×1, which convolutions need
    stroke_width: float = 0.0  # to which a drawing's strokes are redrawn, as a part of its longer side; 0 is not at all

    def drawing_steps(self, height: int, width: int) -> list[dict[str, Any]]:
        """The named steps from a visitor's drawing to an image of height×width pixels, as the manifest lists them."""
        box = round(min(height, width) * FIT_BOX / MNIST_SIDE)
        redraw = [
            {"step": "fit", "box": WORKING_BOXES * box},
            {"step": "stroke", "width": self.stroke_width, "thinning": THINNING},
        ]
        return [
            {"step": "ink"},
            *(redraw if self.stroke_width else []),
            {"step": "fit", "box": box},
            {"step": "center", "height": height, "width": width},
        ]

    def image_steps(self) -> list[dict[str, Any]]:
        """The named steps from an image of the data set to the model's input, as the manifest lists them."""
        upright: list[dict[str, Any]] = [{"step": "deskew"}] if self.deskew else []
        if self.stretch > 1:
            upright = [{"step": "align", "height": SPREAD_HEIGHT, "width": SPREAD_WIDTH, "limit": self.stretch}]
        return [*upright, {"step": "scale", "factor": self.scale}, {"step": self.layout}]


@dataclass(frozen=True, kw_only=True)
class ModelRecipe:
    """Which network is built."""

    kind: str = "softmax"  # or "mlp" (a hidden layer), "cnn" (two convolutions)
    units: int = 128  # of the mlp's hidden layer
    filters: int = 16  # of the cnn's first convolution; the second has twice as many
    dropout: float = 0.0  # share of the values before the last layer that training leaves out
    kernel_initializer: str = "glorot_uniform"  # of the last layer; "zeros" only where there is no hidden one


@dataclass(frozen=True, kw_only=True)
class TrainingRecipe:
    """How it is trained: by gradient descent on the cross-entropy."""

    optimizer: str = "sgd"  # or "adam"
    learning_rate: float = 0.1
    schedule: str = "cosine"  # "constant", or "cosine" down to 0 at the last step
    batch_size: int = 32  # images per step
    epochs: int = 20
    validation_images: int = 5000  # held out of the training images, at most a twelfth of them
    seed: int = 1


@dataclass(frozen=True, kw_only=True)
class GatesRecipe:
    """What a model must reach before anything is published."""

    threshold: float = 0.95  # least test accuracy, 0..1
    class_recall: float = 0.8  # least recall of every class, 0..1
    baseline_margin: float = 0.005  # how far the accuracy may fall below the published version's, 0..1


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A recipe file, complete with defaults."""

    name: str
    description: str = ""
    preprocess: PreprocessRecipe = field(default_factory=PreprocessRecipe)
    model: ModelRecipe = field(default_factory=ModelRecipe)
    training: TrainingRecipe = field(default_factory=TrainingRecipe)
    gates: GatesRecipe = field(default_factory=GatesRecipe)


@dataclass(frozen=True, kw_only=True)
class Config:
    """One build, resolved."""

    name: str
    recipe: Recipe
    data: str = "mnist"  # or the path of an .npz file or of a folder
    device: str = "auto"
    distribute: str = "none"  # "mirrored" over all GPUs of this machine, or "multiworker" over those in TF_CONFIG
    worker_timeout: float = 300.0  # seconds that a worker waits for the others
    out: Path = Path("exported_models")
    site: Path = Path("site")
    runs: Path = Path("runs")
    force: bool = False
    embed_only: bool = False  # publish no page, only what embeds the model


def recipe_names() -> list[str]:
    """The recipes that come with the package, the default first."""
    return sorted((p.stem for p in RECIPES.glob("*.toml")), key=lambda name: (name != "softmax", name))


def load_recipe(name_or_path: str) -> Recipe:
    """Read a recipe by its name, or from a TOML file.

    Raises:
        ConfigError: there is no such recipe, it is not TOML, or it has an unknown key or a value out of range.
    """
    path = Path(name_or_path)
    if path.suffix != ".toml":
        if name_or_path not in recipe_names():
            raise ConfigError(
                f"There is no recipe {name_or_path!r}.{_nearest(name_or_path, recipe_names())} "
                f"Available: {', '.join(recipe_names())}; or pass the path of a .toml file."
            )
        path = RECIPES / f"{name_or_path}.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"The recipe {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"The recipe {path} is not TOML: {error}.") from error
    table.setdefault("name", path.stem)
    recipe: Recipe = _build(Recipe, table, where=str(path))
    check_recipe(recipe)
    return recipe


def override(recipe: Recipe, *, threshold: float | None, epochs: int | None, seed: int | None) -> Recipe:
    """The recipe with what flags or the environment replace; None keeps the recipe's value."""
    training, gates = recipe.training, recipe.gates
    if epochs is not None:
        training = dataclasses.replace(training, epochs=epochs)
    if seed is not None:
        training = dataclasses.replace(training, seed=seed)
    if threshold is not None:
        gates = dataclasses.replace(gates, threshold=threshold)
    changed = dataclasses.replace(recipe, training=training, gates=gates)
    check_recipe(changed)
    return changed


def check_recipe(recipe: Recipe) -> None:
    """Raise ConfigError for a value out of range."""
    t, g = recipe.training, recipe.gates
    _require(t.learning_rate > 0 and math.isfinite(t.learning_rate), "learning_rate must be above 0", t.learning_rate)
    _require(t.optimizer in OPTIMIZERS, f"optimizer must be one of {', '.join(OPTIMIZERS)}", t.optimizer)
    _require(t.schedule in SCHEDULES, f"schedule must be one of {', '.join(SCHEDULES)}", t.schedule)
    _require(t.batch_size >= 1, "batch_size must be at least 1", t.batch_size)
    _require(t.epochs >= 1, "epochs must be at least 1", t.epochs)
    _require(t.validation_images >= 0, "validation_images must be at least 0", t.validation_images)
    _require(0 <= t.seed < 2**32, "seed must lie in 0..4294967295", t.seed)  # what NumPy's and Keras' seeds share
    m, layout = recipe.model, recipe.preprocess.layout
    _require(m.kind in MODELS, f"kind must be one of {', '.join(MODELS)}", m.kind)
    _require(m.units >= 1, "units must be at least 1", m.units)
    _require(m.filters >= 1, "filters must be at least 1", m.filters)
    _require(0 <= m.dropout < 1, "dropout must lie in 0..1, below 1", m.dropout)
    _require(
        m.kernel_initializer in INITIALIZERS,
        f"kernel_initializer must be one of {', '.join(INITIALIZERS)}",
        m.kernel_initializer,
    )
    _require(
        m.kernel_initializer != "zeros" or m.kind == "softmax",
        'kernel_initializer = "zeros" needs kind = "softmax"',
        m.kind,
    )
    needed = "channel" if m.kind == "cnn" else "flatten"
    _require(layout == needed, f"layout must be {needed} for kind {m.kind}", layout)
    p = recipe.preprocess
    _require(p.scale > 0 and math.isfinite(p.scale), "scale must be above 0", p.scale)
    _require(p.stretch >= 1 and math.isfinite(p.stretch), "stretch must be at least 1", p.stretch)
    _require(p.deskew or p.stretch == 1, "stretch above 1 needs deskew = true", p.stretch)
    _require(0 <= p.stroke_width <= 0.5, "stroke_width must lie in 0..0.5", p.stroke_width)
    for name, value in (
        ("threshold", g.threshold),
        ("class_recall", g.class_recall),
        ("baseline_margin", g.baseline_margin),
    ):
        _require(0 <= value <= 1, f"{name} must lie in 0..1", value)


def _require(condition: bool, rule: str, received: object) -> None:
    if not condition:
        raise ConfigError(f"{rule[0].upper()}{rule[1:]}. Received: {received!r}.")


def _build(kind: type[Any], table: dict[str, Any], where: str) -> Any:
    hints = get_type_hints(kind)
    values = {}
    for key, value in table.items():
        if key not in hints:
            known = [name for name in hints if name != "name"]
            raise ConfigError(f"{where} has an unknown key {key!r}.{_nearest(key, known)} Known: {', '.join(known)}.")
        values[key] = _value(hints[key], value, where, key)
    return kind(**values)


def _value(hint: type[Any], value: Any, where: str, key: str) -> Any:
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, dict):
            raise ConfigError(f"{where}: [{key}] must be a table. Received: {value!r}.")
        return _build(hint, value, f"{where} [{key}]")
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not hint:
        raise ConfigError(f"{where}: {key} must be {_TYPE_NAMES[hint]}. Received: {value!r}.")
    return value


_TYPE_NAMES: dict[type[Any], str] = {int: "a whole number", float: "a number", str: "a string", bool: "true or false"}


def _nearest(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f" Did you mean {close[0]!r}?" if close else ""
