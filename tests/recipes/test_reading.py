"""Recipes:

what they hold, the settings that change them, what is refused, and how they are
printed.
"""

import dataclasses
import json
import os
import tomllib
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import ConfigError
from pipeline.preprocessing.apply import prepare_drawing, prepare_images
from pipeline.recipes.fields import SECTIONS, PreprocessRecipe, TrainingRecipe
from pipeline.recipes.reading import (
    WIDTH,
    Recipe,
    as_toml,
    load_recipe,
    override,
    read_settings,
    recipe_names,
)
from pipeline.system.json_records import to_json
from tests.support.workshop import call

RECIPE = """
[training]
epochs = 3
[gates]
threshold = 0.5
"""


def test_every_recipe_of_the_package_loads_and_softmax_comes_first() -> None:
    names = recipe_names()
    assert names[0] == "softmax"
    assert {"softmax", "plain", "article"} <= set(names)
    for name in names:
        assert load_recipe(name).name == name
        # it is printed for other data
        assert not {"digits", "784", "10"} & {*load_recipe(name).description.split()}


def test_the_three_recipes_are_the_tutorials_network_in_three_ways() -> None:
    softmax, plain, article = (
        load_recipe(name) for name in ("softmax", "plain", "article")
    )
    assert [step["step"] for step in softmax.preprocess.image_steps()] == [
        "align",
        "scale",
        "flatten",
    ]
    for other in (plain, article):
        assert [step["step"] for step in other.preprocess.image_steps()] == [
            "scale",
            "flatten",
        ]
        assert [step["step"] for step in other.preprocess.drawing_steps(28, 28)] == [
            "ink",
            "fit",
            "center",
        ]
    assert (article.preprocess.scale, article.training.learning_rate) == (255.0, 0.01)
    assert (
        softmax.gates.threshold,
        plain.gates.threshold,
        article.gates.threshold,
    ) == (0.95, 0.92, 0.92)


def test_a_drawing_fills_any_picture_as_it_fills_mnists() -> None:
    softmax = load_recipe("softmax").preprocess
    assert [step.get("box") for step in softmax.drawing_steps(28, 28)] == [
        None,
        60,
        None,
        20,
        None,
    ]
    assert [step.get("box") for step in softmax.drawing_steps(56, 84)] == [
        None,
        120,
        None,
        40,
        None,
    ]
    assert softmax.drawing_steps(56, 84)[-1] == {
        "step": "center",
        "height": 56,
        "width": 84,
    }


def test_images_that_are_dark_on_bright_are_inverted_and_drawings_become_such_images() -> (
    None
):
    inverted = dataclasses.replace(load_recipe("softmax").preprocess, invert=True)
    assert inverted.image_steps()[:2] == [
        {"step": "invert"},
        load_recipe("softmax").preprocess.image_steps()[0],
    ]
    assert inverted.drawing_steps(28, 28)[-2:] == [
        {"step": "center", "height": 28, "width": 28},
        {"step": "invert"},
    ]
    rng = np.random.default_rng(0)
    drawing = np.zeros((60, 60, 4), np.uint8)
    drawing[15:45, 20:40] = rng.integers(0, 256, (30, 20, 1))
    one, other = (
        prepare_images(
            np.array([prepare_drawing(drawing, steps.drawing_steps(28, 28))]),
            steps.image_steps(),
        )
        for steps in (inverted, load_recipe("softmax").preprocess)
    )
    # a model cannot tell them apart
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-5)


def test_a_recipe_file_fills_in_defaults_and_takes_its_name_from_the_file(
    tmp_path: Path,
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(RECIPE)
    recipe = load_recipe(str(path))
    assert recipe.name == "mine"
    assert recipe.training == dataclasses.replace(Recipe(name="x").training, epochs=3)
    assert recipe.gates.threshold == 0.5


def test_overrides_replace_only_what_is_given() -> None:
    recipe = load_recipe("plain")
    changed = override(
        recipe, {"gates.drawings": 0.5, "training.seed": 7, "title": "Digits"}
    )
    assert changed == recipe.replace(
        title="Digits", gates={"drawings": 0.5}, training={"seed": 7}
    )
    assert override(recipe, {}) == recipe


@pytest.mark.parametrize("limit", ["gates.threshold", "gates.class_recall"])
def test_a_limit_that_is_set_holds_for_small_test_sets_too(limit: str) -> None:
    recipe = load_recipe("softmax")
    assert recipe.gates.small_test_set == 1000
    assert override(recipe, {limit: 0.5}).gates.small_test_set == 0
    both = {limit: 0.5, "gates.small_test_set": 200}
    assert override(recipe, both).gates.small_test_set == 200


@pytest.mark.parametrize(("text", "value"), [
    ("gates.class_recall=0.9", 0.9), ("training.epochs=3", 3), ("preprocess.invert=auto", "auto"),
    ("preprocess.invert=true", True), ("title=2026", "2026"), ("title=", ""),
    ('data.labels=["a, b", "c"]', ["a, b", "c"]), ("data.labels=0, 1,2", ["0", "1", "2"]),
    ("data.labels=shirt,ankle boot", ["shirt", "ankle boot"]), ("data.labels=", []),
    ("title=1\nnoun = 2", "1\nnoun = 2"),
])  # fmt: skip
def test_a_setting_is_toml_or_plain_words_as_its_key_takes_it(
    text: str, value: object
) -> None:
    (read,) = read_settings([text]).values()
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(("text", "message"), [
    ("title", r"takes KEY=VALUE. Received: 'title'"),
    ("gates.recall=1", r"no key of this name. Received: 'gates.recall'. Did you mean 'gates.class_recall'"),
    ("gates.test_accuracy=1", r"Received: 'gates.test_accuracy'. Did you mean 'gates.threshold'\?"),
    ("training.size=1", r"Did you mean 'training.batch_size'\?"), ("trainig.epochs=1", r"mean 'training.epochs'\?"),
    ("epochs=1", r"no key of this name. Received: 'epochs'. Did you mean 'training.epochs'"),
    ("training=1", r"no key of this name. Received: 'training'"),
    ("training.epochs=2.5", r"training.epochs must be a whole number. Received: 2.5"),
    ("gates.threshold=nan", r"gates.threshold must be in 0..1. Received: nan"),
    ("gates.threshold=1" + "0" * 400, r"gates.threshold must be a number"),
], ids=lambda text: text[:40])  # fmt: skip
def test_a_setting_that_cannot_be_used_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        override(load_recipe("plain"), read_settings([text]))


@pytest.mark.parametrize(("text", "message"), [
    ("[preprocess]\nstretch = 1.5", "needs preprocess.deskew = true. Received: 1.5"),
    ("[preprocess]\ndeskew = true\nstretch = 0.9", r"in 1\.\.100"), ("[preprocess]\nstroke_width = 0.6", r"0\.\.0\.5"),
    ("[training]\nepoch = 3", r"Received: 'training.epoch'. Did you mean 'training.epochs'\?"),
    ("[trainin]\nepochs = 3", r"bad.toml: A recipe has no key of this name. Received: 'trainin.epochs'"),
    ("[training]\nepochs = 'three'", r"epochs must be a whole number. Received: 'three'"),
    ("[training]\nepochs = 0", r"epochs must be in 1..100000. Received: 0. Change the recipe or --set.$"),
    ("license = 'my own'", r"license must be an SPDX identifier, like \"CC-BY-4.0\". Received: 'my own'"),
    ("[preprocess]\ninvert = 1", r"invert must be one of 'auto', true, false. Received: 1"),
    ("title = ' Shapes'", r"title must be at most 80 printable characters. Received: ' Shapes'"),
    ('noun = "two\\nlines"', r"noun must be at most 30 printable characters. Received: 'two\\nlines'"),
    ("training = 3", r"training must be a table. Received: 3"), ("formats = 'onnx'", "must be a list"),
    ("formats = ['tflite']", "must be one of 'graph', 'onnx', 'litert'"), ("formats = ['onnx', 'onnx']", "each once"),
    ("[gates]\nthreshold = 95", r"threshold must be in 0..1. Received: 95.0. Change the recipe or --set.$"),
    (
        "[training]\nlearning_rate = inf",
        r"rate must be above 0 and at most 65536. Received: inf. Change the recipe or --set.$",
    ),
    ("[training]\nschedule = 'linear'", r"schedule must be one of 'constant', 'cosine'. Received: 'linear'"),
    ("[model]\nkind = 'mlp'\nkernel_initializer = 'zeros'", r"needs model.kind = \"softmax\". Received: 'mlp'"),
    ("[training\n", r"must be a TOML file. Received: "),
    ("[training]\nepochs = 0x" + "f" * 4000, r"must be a TOML file. Received: a whole number has 16000 bits"),
    ("a = " + "[" * 5000, r"must be a TOML file. Received: lists and tables lie more than 100 deep"),
    ("epoch = 3", r"Received: 'epoch'. Did you mean 'training.epochs'\? `pipeline recipe softmax` prints all keys."),
    ("[model]\nkind = 7", r"kind must be one of.*`pipeline recipe softmax > mine.toml` writes one with every key"),
    ("#" * 100_000, r"must be a TOML file. Received: it has more than 16,384 bytes"),
], ids=lambda text: text[:40])  # fmt: skip
def test_a_recipe_that_cannot_be_used_is_refused_with_the_reason(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_recipe(str(path))


def test_a_recipe_that_is_missing_or_a_pipe_or_a_device_is_refused_at_once(
    tmp_path: Path,
) -> None:
    with pytest.raises(
        ConfigError,
        match=r"no such recipe. Received: 'sofmax'. Did you mean 'softmax'\?",
    ):
        load_recipe("sofmax")
    with pytest.raises(
        ConfigError, match=r"gone.toml cannot be read. Received: No such file"
    ):
        load_recipe(str(tmp_path / "gone.toml"))
    path = tmp_path / "bad.toml"
    os.mkfifo(path)
    with pytest.raises(
        ConfigError, match=r"bad.toml cannot be read. Received: it is a pipe"
    ):
        load_recipe(str(path))
    path.unlink()
    path.symlink_to("/dev/zero")
    with pytest.raises(
        ConfigError, match=r"bad.toml cannot be read. Received: it is a pipe, a device"
    ):
        load_recipe(str(path))


@pytest.mark.parametrize("name", recipe_names())
def test_a_printed_recipe_is_read_back_as_it_was_under_its_files_name(
    name: str, tmp_path: Path
) -> None:
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
    keys = [
        key
        for section in SECTIONS
        for key in dataclasses.fields(getattr(load_recipe("cnn"), section))
    ]
    for key in [
        *keys,
        *(key for key in dataclasses.fields(Recipe) if key.name not in SECTIONS),
    ]:
        (at,) = [
            i
            for i, line in enumerate(lines)
            if line.removeprefix("# ").startswith(f"{key.name} = ")
        ]
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
    printed = call("recipe", "mlp")
    assert printed.exit_code == 0
    assert printed.stdout == as_toml(load_recipe("mlp")) + "\n"
    assert tomllib.loads(printed.stdout)["model"]["units"] == 128
    listed = call("recipe").stdout.splitlines()
    assert [line.split()[0] for line in listed] == recipe_names()
    assert load_recipe("softmax").description in listed[0]


def test_the_commands_documents() -> None:
    document = json.loads(call("recipe", "mlp", "--json").stdout)
    assert document["recipe"] == to_json(load_recipe("mlp"))
    document = json.loads(call("recipe", "--json").stdout)
    assert [row["name"] for row in document["recipes"]] == recipe_names()
    failed = call("recipe", "sofmax", "--json")
    assert failed.exit_code == 2
    assert "Did you mean 'softmax'?" in json.loads(failed.stdout)["error"]
