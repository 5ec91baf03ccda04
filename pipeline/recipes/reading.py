"""Recipes as a whole: read by name or from a TOML file, checked, with the values that
`--set` replaces, and printed.

`pipeline recipe` prints one as TOML with every key explained, for people to start their
own from.
"""

import dataclasses
import json
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Unpack, get_origin, get_type_hints

from pipeline.errors import ConfigError
from pipeline.recipes.fields import (
    SECTIONS,
    DataRecipe,
    FileFormat,
    GatesRecipe,
    ModelRecipe,
    PreprocessRecipe,
    Rule,
    TrainingRecipe,
    choices_of,
    key,
    line,
)

if TYPE_CHECKING:
    from pipeline.recipes.settings import RecipeKeys

RECIPES = Path(__file__).parent
START = "`pipeline recipe softmax > mine.toml`"
# the form of an identifier; which ones exist, SPDX lists
_SPDX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,99}")
WIDTH = 100  # of the comments, in characters


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A recipe, completed with the defaults: what a TOML file says, as records."""

    name: str = key(
        MISSING,
        "second part of the model's name, `<data>-<recipe>`; by default the file's"
        " without `.toml`",
    )
    description: str = key("", "what the recipe does, for people; kept in the manifest")
    title: str = key(
        "",
        "title of the model's page and card; without one it is the model's name",
        line(80),
    )
    publish_images: Literal["auto", "none", "test", "some"] = key(
        "auto",
        "pictures that are published with the model: `none`, `test` (up to 100 to try"
        " and 1,000 that are misread), `some` (training images too, with which readers"
        " train a softmax again); `auto` is `some` for MNIST, and `none` for pictures"
        " of your own",
    )
    noun: str = key(
        "",
        "what one picture shows, as the page and the card call it; without one it is"
        ' "digit" for MNIST and "drawing" for other data',
        line(30),
    )
    license: str = key(
        "",
        "SPDX identifier of the license under which the model is published, for its"
        " manifest and its card",
        Rule(
            'an SPDX identifier, like "CC-BY-4.0"',
            lambda value: not value or _SPDX.fullmatch(value) is not None,
        ),
    )
    formats: tuple[FileFormat, ...] = key(
        (),
        "formats to write, check and publish beside the layers-model: a graph-model of"
        " TensorFlow.js, and files for other programs, which need the extra"
        " `[formats]`",
        Rule(
            '"graph", "onnx" and "litert" or some of them, each once',
            lambda names: len(set(names)) == len(names),
        ),
        sparse=True,
    )
    data: DataRecipe = field(default_factory=DataRecipe)
    preprocess: PreprocessRecipe = field(default_factory=PreprocessRecipe)
    model: ModelRecipe = field(default_factory=ModelRecipe)
    training: TrainingRecipe = field(default_factory=TrainingRecipe)
    gates: GatesRecipe = field(default_factory=GatesRecipe)

    @classmethod
    def load(cls, name_or_path: str | Path) -> "Recipe":
        """Read a built-in recipe by its name, or a .toml file; ConfigError if it is
        missing or breaks a rule.
        """
        return load_recipe(str(name_or_path))

    def replace(self, **changes: "Unpack[RecipeKeys]") -> "Recipe":
        """The recipe with other values: `replace(name="wide", model={"units": 512},
        training={"epochs": 5})`.

        A section takes the keys that change. Raises ConfigError for an unknown key, or
        a value that breaks a rule.
        """
        # imported late, see `load_recipe`
        from pipeline.system.json_records import (
            to_json,
        )

        table = to_json(self)
        for name, value in changes.items():
            is_part = name in SECTIONS and isinstance(value, Mapping)
            table[name] = table[name] | to_json(value) if is_part else to_json(value)
        return _decoded(table)


def recipe_names() -> list[str]:
    """The built-in recipes, the default first."""
    return sorted(
        (p.stem for p in RECIPES.glob("*.toml")),
        key=lambda name: (name != "softmax", name),
    )


def load_recipe(name_or_path: str) -> Recipe:
    """Read a recipe by its name, or from a TOML file; ConfigError if it is missing, not
    TOML, or breaks a rule.
    """
    # Imported late: `--help` does not need it.
    from pipeline.system.json_records import did_you_mean
    from pipeline.system.outside import read_toml

    path = Path(name_or_path)
    if path.suffix != ".toml":
        if name_or_path not in recipe_names():
            raise ConfigError(
                "There is no such recipe. Received:"
                f" {name_or_path!r}.{did_you_mean(name_or_path, recipe_names())} Use"
                f" one of {', '.join(recipe_names())}, or the path of a .toml file."
            )
        path = RECIPES / f"{name_or_path}.toml"
    try:
        table = read_toml(path)
    except OSError as error:
        raise ConfigError(
            f"The recipe {path} cannot be read. Received: {error.strerror}. Check the"
            " path."
        ) from error
    except ValueError as error:
        raise ConfigError(
            f"The recipe {path} must be a TOML file. Received: {error}. Correct it."
        ) from error
    return _decoded(
        {"name": path.stem} | table, f"{path}: ", f" {START} writes one with every key."
    )


def override(recipe: Recipe, values: Mapping[str, Any]) -> Recipe:
    """The recipe with other values, by the full names of their keys:
    `{"gates.class_recall": 0.9}`.

    A `gates.threshold` or `gates.class_recall` sets `gates.small_test_set` to 0.
    Raises ConfigError for an unknown key, or a value that breaks a rule.
    """
    changes: dict[str, Any] = {}
    for name, value in values.items():
        section, _, key = name.rpartition(".")
        (changes.setdefault(section, {}) if section else changes)[key] = value
    gates = changes.get("gates", {})
    if not gates.keys().isdisjoint(("threshold", "class_recall")):
        # limits that somebody has chosen hold for every number of test images
        gates.setdefault("small_test_set", 0)
    return recipe.replace(**changes)


def read_settings(texts: Iterable[str]) -> dict[str, Any]:
    """The values of `KEY=VALUE` texts, for `override`: TOML, or plain words for text
    and, between commas, for lists.

    Raises ConfigError for a text of another form or an unknown key.
    """
    values, keys = {}, _keys_of_all()
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign:
            raise ConfigError(
                f"--set takes KEY=VALUE. Received: {text!r}. Pass, for example,"
                " training.epochs=5."
            )
        if name not in keys:
            raise ConfigError(_unknown(name))
        values[name] = _value(keys[name][0], value)
    return values


def _value(kind: Any, text: str) -> Any:
    from pipeline.system.outside import parse_toml  # imported late, see `load_recipe`

    try:
        table = parse_toml(f"value = {text}")
        value = table["value"] if len(table) == 1 else text
    except ValueError:
        value = text
    if get_origin(kind) is tuple and not isinstance(value, list):
        return [part.strip() for part in text.split(",")] if text else []
    return text if kind is str and not isinstance(value, str) else value


def _keys_of_all() -> dict[str, tuple[Any, str]]:
    """Each key, by its full name: its type and what it means."""
    kinds, keys = get_type_hints(Recipe), {}
    for section in ("", *SECTIONS):
        table = kinds[section] if section else Recipe
        for one in dataclasses.fields(table):
            if one.name not in SECTIONS:
                name = f"{section}.{one.name}" if section else one.name
                keys[name] = get_type_hints(table)[one.name], one.metadata["meaning"]
    return keys


def keys_called(word: str) -> list[str]:
    """The full names of the keys whose last part is this word."""
    return [name for name in _keys_of_all() if name.rpartition(".")[2] == word]


def _unknown(name: str) -> str:
    """Say that there is no such key, and which is meant:

    one of the same table, by its name or meaning, or another.
    """
    import difflib  # imported late: only messages need it

    keys = _keys_of_all()
    section, _, word = name[:80].rpartition(".")
    hint = ""
    # the last one that knows something wins
    for table in (
        "",
        *([f"{section}."] if section else []),
    ):
        short = {
            known.rpartition(".")[2]: known for known in keys if known.startswith(table)
        }
        cutoffs = (0.8, 0.5 if table else 0.6)
        same, near = (
            difflib.get_close_matches(word, short, n=1, cutoff=cutoff)
            for cutoff in cutoffs
        )
        meant = [
            known
            for known in short
            if len(word) > 3 and word.replace("_", " ") in keys[short[known]][1]
        ]
        if found := [*same, *meant, *near]:
            hint = f" Did you mean {short[found[0]]!r}?"
    return (
        f"A recipe has no key of this name. Received: {name!r:.80}.{hint} `pipeline"
        " recipe softmax` prints all keys."
    )


def _decoded(table: dict[str, Any], where: str = "", advice: str = "") -> Recipe:
    # imported late, see `load_recipe`
    from pipeline.system.json_records import (
        RecordError,
        from_json,
    )

    keys = _keys_of_all()
    for name, value in table.items():
        for full in (
            [f"{name}.{one}" for one in value] if isinstance(value, Mapping) else [name]
        ):
            if full not in keys and full not in SECTIONS:
                raise ConfigError(where + _unknown(full))
    try:
        recipe = from_json(Recipe, table)
    except RecordError as error:
        # as TOML calls it
        rule = (
            str(error).removesuffix(".").replace("must be an object", "must be a table")
        )
        raise ConfigError(
            f"{where}{rule}. Change the recipe or --set.{advice}"
        ) from error
    check_recipe(recipe)
    return recipe


def check_recipe(recipe: Recipe) -> None:
    """Check each value against its rule, and those that depend on one another."""
    for section, table in (
        ("", recipe),
        *((section, getattr(recipe, section)) for section in SECTIONS),
    ):
        for one in dataclasses.fields(table):
            rule, value = one.metadata.get("rule"), getattr(table, one.name)
            if rule:
                name = f"{section}.{one.name}" if section else one.name
                _require(rule.accepts(value), f"{name} must be {rule.words}", value)
    preprocess, model = recipe.preprocess, recipe.model
    zeros_fit = model.kernel_initializer != "zeros" or model.kind == "softmax"
    _require(
        zeros_fit,
        'model.kernel_initializer = "zeros" needs model.kind = "softmax"',
        model.kind,
    )
    layout = "channel" if model.kind == "cnn" else "flatten"
    rule = f'model.kind = "{model.kind}" needs preprocess.layout = "{layout}"'
    _require(preprocess.layout == layout, rule, preprocess.layout)
    rule = "preprocess.stretch above 1 needs preprocess.deskew = true"
    _require(preprocess.deskew or preprocess.stretch == 1, rule, preprocess.stretch)
    of_ink = {
        "deskew": preprocess.deskew,
        "stroke_width": preprocess.stroke_width,
        "invert": preprocess.invert is True,
    }
    for name, value in of_ink.items():
        rule = (
            f"preprocess.{name} is for grey images, and data.color = true keeps the"
            " colors"
        )
        _require(not (recipe.data.color and value), rule, getattr(preprocess, name))


def _require(condition: bool, rule: str, received: object) -> None:
    if not condition:
        raise ConfigError(
            f"{rule}. Received: {received!r}. Change the recipe or --set."
        )


def as_toml(recipe: Recipe) -> str:
    """The recipe as a file that `load_recipe` reads back, with all keys, also those
    that have their defaults.

    Only its name is a comment: that of a file is the recipe's unless the file says
    otherwise.
    """
    lines = [
        *_comment(
            f"The recipe {recipe.name} with all keys. One that is left out has its"
            " default."
        ),
        "",
        *_keys(recipe),
    ]
    for section in SECTIONS:
        table = getattr(recipe, section)
        lines += [*_comment(table.__doc__), f"[{section}]", "", *_keys(table)]
    return "\n".join(lines).rstrip()


def _keys(table: Any) -> Iterator[str]:
    kinds = get_type_hints(type(table))
    for entry in dataclasses.fields(table):
        if entry.name in SECTIONS:
            continue
        meaning, rule, choices = (
            entry.metadata["meaning"],
            entry.metadata["rule"],
            choices_of(kinds[entry.name]),
        )
        facts = {
            "Allowed": (
                ", ".join(map(_in_toml, choices)) or (rule.words if rule else "")
            ),
            "Unit": entry.metadata["unit"],
            "Default": (
                ""
                if entry.default in ("", dataclasses.MISSING)
                else _in_toml(entry.default)
            ),
        }
        yield from _comment(f"{meaning[0].upper()}{meaning[1:]}.")
        yield from _comment(
            " ".join(f"{name}: {fact}." for name, fact in facts.items() if fact)
        )
        line = f"{entry.name} = {_in_toml(getattr(table, entry.name))}"
        yield f"# {line}" if entry.default is dataclasses.MISSING else line
        yield ""


def _in_toml(value: Any) -> str:
    """TOML writes our values as JSON does, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False
    )
