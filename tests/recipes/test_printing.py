"""A printed recipe explains every key and is read back as it was; the command prints it."""

import dataclasses
import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli.main import cli
from pipeline.recipes.fields import SECTIONS, PreprocessRecipe, TrainingRecipe
from pipeline.recipes.reading import WIDTH, Recipe, as_toml, load_recipe, recipe_names
from pipeline.system.json_records import to_json


@pytest.mark.parametrize("name", recipe_names())
def test_a_printed_recipe_is_read_back_as_it_was_under_its_files_name(name: str, tmp_path: Path) -> None:
    recipe = load_recipe(name)
    path = tmp_path / "mine.toml"
    path.write_text(as_toml(recipe))
    assert load_recipe(str(path)) == dataclasses.replace(recipe, name="mine")
    same = tmp_path / f"{name}.toml"
    same.write_text(as_toml(load_recipe(str(path))))
    assert load_recipe(str(same)) == recipe


def test_texts_that_toml_must_escape_are_read_back(tmp_path: Path) -> None:
    recipe = Recipe(
        name="x",
        description='"quoted" \\ \t\n\x7f \u2028 = [table] # 日本 \U0001f600',
        title='Ü "1"',
        preprocess=PreprocessRecipe(invert=False),
        training=TrainingRecipe(learning_rate=1e-5),
    )
    (tmp_path / "x.toml").write_text(as_toml(recipe), encoding="utf-8")
    assert load_recipe(str(tmp_path / "x.toml")) == recipe


def test_every_key_has_its_meaning_and_what_is_allowed_above_it() -> None:
    lines = as_toml(load_recipe("cnn")).splitlines()
    assert all(len(line) <= WIDTH for line in lines if line.startswith("#"))
    keys = [key for section in SECTIONS for key in dataclasses.fields(getattr(load_recipe("cnn"), section))]
    for key in [*keys, *(key for key in dataclasses.fields(Recipe) if key.name not in SECTIONS)]:
        (at,) = [i for i, line in enumerate(lines) if line.removeprefix("# ").startswith(f"{key.name} = ")]
        above = lines[:at][-(lines[:at][::-1].index("")) :]
        said = " ".join(line.removeprefix("# ") for line in above)
        assert said.lower().startswith(key.metadata["meaning"].lower())
        if rule := key.metadata["rule"]:
            assert f"Allowed: {rule.words}" in said
        if unit := key.metadata["unit"]:
            assert f"Unit: {unit}." in said
    assert '# Allowed: "flatten", "channel", "rows". Default: "flatten".' in lines
    assert '# Allowed: "auto", true, false. Default: "auto".' in lines


def test_the_command_prints_a_recipe_and_lists_them() -> None:
    printed = CliRunner().invoke(cli, ["recipe", "mlp"])
    assert printed.exit_code == 0
    assert printed.stdout == as_toml(load_recipe("mlp")) + "\n"
    assert tomllib.loads(printed.stdout)["model"]["units"] == 128
    listed = CliRunner().invoke(cli, ["recipe"]).stdout.splitlines()
    assert [line.split()[0] for line in listed] == recipe_names()
    assert load_recipe("softmax").description in listed[0]


def test_the_commands_documents() -> None:
    document = json.loads(CliRunner().invoke(cli, ["recipe", "mlp", "--json"]).stdout)
    assert document["recipe"] == to_json(load_recipe("mlp"))
    document = json.loads(CliRunner().invoke(cli, ["recipe", "--json"]).stdout)
    assert [row["name"] for row in document["recipes"]] == recipe_names()
    failed = CliRunner().invoke(cli, ["recipe", "sofmax", "--json"])
    assert failed.exit_code == 2
    assert "Did you mean 'softmax'?" in json.loads(failed.stdout)["error"]
