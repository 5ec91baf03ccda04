"""Read recipes and check them: by name, from a TOML file, and with the values that options replace."""

import dataclasses
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError
from pipeline.recipes.fields import SECTIONS, GatesRecipe, ModelRecipe, PreprocessRecipe, Recipe, TrainingRecipe

RECIPES = Path(__file__).parent
START = "`pipeline recipe softmax > mine.toml`"
# Keys that have a flag of the same name, by section: see `override`.
OVERRIDABLE = {
    "data": ("size", "test_share"),
    "preprocess": ("invert",),
    "training": ("epochs", "seed"),
    "gates": tuple(key.name for key in dataclasses.fields(GatesRecipe)),
}


def recipe_names() -> list[str]:
    """The built-in recipes, the default first."""
    return sorted((p.stem for p in RECIPES.glob("*.toml")), key=lambda name: (name != "softmax", name))


def load_recipe(name_or_path: str) -> Recipe:
    """Read a recipe by its name, or from a TOML file; ConfigError if it is missing, not TOML, or breaks a rule."""
    # Imported late: `--help` does not need it.
    from pipeline.system.json_records import did_you_mean
    from pipeline.system.outside import read_toml

    path = Path(name_or_path)
    if path.suffix != ".toml":
        if name_or_path not in recipe_names():
            raise ConfigError(
                f"There is no such recipe. Received: {name_or_path!r}.{did_you_mean(name_or_path, recipe_names())} "
                f"Use one of {', '.join(recipe_names())}, or the path of a .toml file."
            )
        path = RECIPES / f"{name_or_path}.toml"
    try:
        table = read_toml(path)
    except OSError as error:
        raise ConfigError(f"The recipe {path} cannot be read. Received: {error.strerror}. Check the path.") from error
    except ValueError as error:
        raise ConfigError(f"The recipe {path} must be a TOML file. Received: {error}. Correct it.") from error
    recipe = _decoded({"name": path.stem} | table, f"{path}: ", f" {START} writes one with every key.")
    if not any(table.get(section) for section in SECTIONS):
        received = f"{', '.join(table)} alone" if table else "no key at all"
        raise ConfigError(
            f"The recipe {path} must have a key in one of its tables, {', '.join(SECTIONS)}. Received: {received}. "
            f"{START} writes a recipe to start from."
        )
    return recipe


def override(recipe: Recipe, **given: Any) -> Recipe:
    """The recipe with the values of OVERRIDABLE keys that flags or the environment replace; None keeps its own.

    Raises ConfigError if a value has the wrong type or breaks a rule.
    """
    from pipeline.system.json_records import to_json  # imported late, see `load_recipe`

    table = to_json(recipe)
    for section, keys in OVERRIDABLE.items():
        table[section] |= {key: given[key] for key in keys if given.get(key) is not None}
    return _decoded(table)


def _decoded(table: dict[str, Any], where: str = "", advice: str = "") -> Recipe:
    from pipeline.system.json_records import RecordError, from_json  # imported late, see `load_recipe`

    try:
        recipe = from_json(Recipe, table)
    except RecordError as error:
        raise ConfigError(f"{where}{str(error).removesuffix('.')}. Change the recipe.{advice}") from error
    check_recipe(recipe)
    return recipe


def flag_of(key: str) -> str:
    """The flag that overrides a key of a recipe."""
    return f"--{key.replace('_', '-')}"


def decisive(recipe: dict[str, Any]) -> dict[str, Any]:
    """The sections of a manifest's recipe that decide which model training gives, completed with today's defaults.

    So a version of an older release, which did not have all keys, can equal one of today.
    """
    from pipeline.system.json_records import RecordError, from_json

    kinds = {"preprocess": PreprocessRecipe, "model": ModelRecipe, "training": TrainingRecipe}
    sections = {section: recipe.get(section, {}) for section in kinds}
    sections["preprocess"] = {"invert": False} | sections["preprocess"]  # as those did that could not
    try:
        return {section: from_json(kind, sections[section], ignore_unknown=True) for section, kind in kinds.items()}
    except RecordError:  # of another release, which had other rules
        return sections


def check_recipe(recipe: Recipe) -> None:
    """Check each value against its rule, and those that depend on one another."""
    for section, table in (("", recipe), *((section, getattr(recipe, section)) for section in SECTIONS)):
        for key in dataclasses.fields(table):
            rule, value = key.metadata.get("rule"), getattr(table, key.name)
            if rule:
                flag = f" or {flag_of(key.name)}" if key.name in OVERRIDABLE.get(section, ()) else ""
                name = f"{section}.{key.name}" if section else key.name
                _require(rule.accepts(value), f"{name} must be {rule.words}", value, flag)
    preprocess, model = recipe.preprocess, recipe.model
    zeros_fit = model.kernel_initializer != "zeros" or model.kind == "softmax"
    _require(zeros_fit, 'model.kernel_initializer = "zeros" needs model.kind = "softmax"', model.kind)
    layout = "channel" if model.kind == "cnn" else "flatten"
    rule = f'model.kind = "{model.kind}" needs preprocess.layout = "{layout}"'
    _require(preprocess.layout == layout, rule, preprocess.layout)
    rule = "preprocess.stretch above 1 needs preprocess.deskew = true"
    _require(preprocess.deskew or preprocess.stretch == 1, rule, preprocess.stretch)


def _require(condition: bool, rule: str, received: object, flag: str = "") -> None:
    if not condition:
        raise ConfigError(f"{rule}. Received: {received!r}. Change the recipe{flag}.")
