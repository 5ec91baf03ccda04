"""The model card: only facts of the manifest, which cannot break Markdown or YAML."""

import re
from typing import Any

import pytest
import yaml

from pipeline.versions.card import render_card
from tests.support.versions import typed


def card_of(manifest: dict[str, Any]) -> str:
    """The card, of a manifest as JSON."""
    return render_card(typed(manifest))


def front_matter(card: str) -> Any:
    _, matter, _ = card.split("---\n", 2)
    return yaml.safe_load(matter)


def tables(card: str) -> list[list[list[str]]]:
    """Every table of the card, as a list of rows of cells."""
    blocks = re.findall(r"(?:^\|.*\|\n?)+", card, re.MULTILINE)
    return [
        [re.split(r"(?<!\\)\|", line)[1:-1] for line in block.strip().splitlines()]
        for block in blocks
    ]


@pytest.mark.parametrize(
    "name",
    [
        'say "no": yes',
        "- x",
        "# y",
        "{a: b}",
        "line\nbreak",
        "a\u2028b\x7f\x85",
        "\U0001f600 ü",
        "1e3",
        "null",
    ],
)
def test_any_text_survives_the_front_matter(
    manifest: dict[str, Any], name: str
) -> None:
    card = card_of(manifest | {"data": manifest["data"] | {"name": name}})
    assert front_matter(card)["model-index"][0]["results"][0]["dataset"]["name"] == name


@pytest.mark.parametrize("loss", [1e-05, 2.5e-17, 0.0, 1.0, 123456.75, 3e20])
def test_numbers_are_numbers_for_every_yaml_reader(
    manifest: dict[str, Any], loss: float
) -> None:
    card = card_of(manifest | {"metrics": manifest["metrics"] | {"test_loss": loss}})
    value = front_matter(card)["model-index"][0]["results"][0]["metrics"][1]["value"]
    assert isinstance(value, int | float)
    assert value == loss


@pytest.mark.parametrize(("spdx", "known", "name"), [
    ("Apache-2.0", "apache-2.0", None), ("CC-BY-SA-4.0", "cc-by-sa-4.0", None), ("GPL-3.0-or-later", "gpl-3.0", None),
    ("LGPL-2.1-only", "lgpl-2.1", None), ("CC-BY-NC-ND-2.5", "other", "CC-BY-NC-ND-2.5"),
    ("LicenseRef-ours", "other", "LicenseRef-ours"),
])  # fmt: skip
def test_a_license_is_what_the_manifest_says_and_one_that_the_hub_does_not_know_is_named(
    manifest: dict[str, Any], spdx: str, known: str, name: str | None
) -> None:
    assert "license" not in card_of(manifest).lower()
    card = card_of(manifest | {"license": spdx})
    matter = front_matter(card)
    assert (matter["license"], matter.get("license_name")) == (known, name)
    assert f"## License\n\nThe model is licensed under {spdx}.\n" in card


def test_the_hubs_own_parser_reads_the_results(manifest: dict[str, Any]) -> None:
    from huggingface_hub import ModelCard

    data: Any = ModelCard(
        card_of(manifest | {"license": "CC-BY-4.0"}), ignore_metadata_errors=False
    ).data
    assert (data.license, data.library_name, data.datasets) == (
        "cc-by-4.0",
        "keras",
        ["ylecun/mnist"],
    )
    assert (data.pipeline_tag, data.model_name, data.language) == (
        "image-classification",
        "digits",
        "en",
    )
    assert data.metrics == ["accuracy"]
    assert data.tags == ["keras", "tensorflowjs", "image-classification"]
    found = {result.metric_type: result for result in data.eval_results}
    assert {kind: result.metric_value for kind, result in found.items()} == {
        "accuracy": manifest["metrics"]["test_accuracy"],
        "loss": manifest["metrics"]["test_loss"],
    }
    assert {
        (r.dataset_type, r.dataset_name, r.dataset_split, r.task_type)
        for r in found.values()
    } == {("ylecun/mnist", "MNIST", "test", "image-classification")}


def test_the_makers_of_the_data_are_named_and_own_data_is_no_data_set_of_the_hub(
    manifest: dict[str, Any],
) -> None:
    made = {"license": "CC-BY-SA-3.0", "attribution": "A <b> and C"}
    card = card_of(manifest | {"data": manifest["data"] | made})
    assert "## License\n\nTrained on mnist by A \\<b\\> and C (CC-BY-SA-3.0).\n" in card
    assert "license" not in front_matter(card)  # which is about the model
    for source in ("file", "folder"):
        matter = front_matter(
            card_of(
                manifest
                | {"data": manifest["data"] | {"source": source, "name": "mine"}}
            )
        )
        assert "datasets" not in matter
        assert matter["model-index"][0]["results"][0]["dataset"]["name"] == "mine"


def test_the_numbers_of_the_manifest_are_in_the_card_and_its_names_in_the_snippets(
    manifest: dict[str, Any],
) -> None:
    card = card_of(manifest)
    assert (
        "Test accuracy **95.61 %** (95 % interval 94.15 % to 96.72 %) on 1,000 test"
        " images; loss 0.1534." in card
    )
    assert "| 2 | – | 90.00 % | 300 |" in card
    assert "| test accuracy | 0.9561 | 0.95 | passed | Good enough. |" in card
    assert (
        "| `layers-float32` | tfjs | 1,000 | 2.4e-07 | 1.0e-05 | 100.00 % | 95.61 % |"
        " passed |" in card
    )
    assert "(tfjs 4.22.0, node v20.11.0):" in card
    assert "Not compared with Keras: `graph-float32`." in card
    assert "`layers-float32`." not in card
    assert (
        "with 2,355 parameters that classifies images of 28 × 28 pixels, each of one"
        " digit, into 3 classes:" in card
    )
    assert "2. `fit` (box = 20): crop to the ink" in card
    assert "2. `scale` (factor = 1.0): multiply" in card
    assert "| epochs | 20 |" in card
    assert f"| data SHA-256 | `{'ab' * 32}` |" in card
    assert '"learning_rate": 0.1' in card
    assert 'await load("models/digits/latest.json")' in card
    assert f'load("models/digits/{manifest["version"]}/manifest.json")' in card
    assert 'tf.loadLayersModel("layers-float32/model.json")' in card
    assert 'tf.tensor(input, [1, 784], "float32")' in card
    assert 'tf.loadGraphModel("graph-float32/model.json")' in card
    assert 'keras.saving.load_model("model.keras")' in card


def test_title_and_noun_are_those_of_the_recipe_and_cannot_break_the_card(
    manifest: dict[str, Any],
) -> None:
    assert "\n# digits\n" in card_of(manifest)
    card = card_of(manifest | {"title": "Shapes | <b>all</b>", "noun": "shape|"})
    assert "\n# Shapes \\| \\<b\\>all\\</b\\>\n" in card
    assert "pixels, each of one shape\\|, into 3 classes" in card
    assert "Model `digits`, version" in card
    assert "pixels into 3 classes" in card_of(manifest | {"noun": None})  # of an export


def test_every_file_is_listed_with_what_it_holds(manifest: dict[str, Any]) -> None:
    card = card_of(manifest)
    assert "README.md" not in card  # which cannot say how large it is itself
    for key, file in manifest["files"].items():
        [meaning] = re.findall(
            rf"^\| `{file['path']}` \| {file['bytes']:,} \| (.+) \|$",
            card,
            re.MULTILINE,
        )
        assert meaning != key
    own = manifest["files"] | dict.fromkeys(
        ("my|own", "weights_picture"), manifest["files"]["keras"]
    )
    card = card_of(manifest | {"files": own, "confidence": None})
    # there are no drawings
    for meaning in (
        "my\\|own",
        "a picture of the weights of each class",
        "every mistake",
    ):
        assert f"{meaning} |" in card


def test_limitations_follow_from_the_numbers(manifest: dict[str, Any]) -> None:
    limits = card_of(manifest).split("## Limitations\n\n")[1].splitlines()
    assert limits == [
        "- It misclassified 44 of the 1,000 test images.",
        (
            "- The class it misses most often is 2: it recognizes 90.00 % of its 300"
            " test images."
        ),
        (
            "- Its least reliable answer is 1: 91.00 % of the test images that get this"
            " answer belong to the class."
        ),
        (
            "- Its probabilities are off by 1.2 percentage points on average (expected"
            " calibration error)."
        ),
        (
            "- These numbers apply to images like the test images; it was not measured"
            " on other images."
        ),
        "- It knows 3 classes and assigns everything, even a scribble, to one of them.",
        "- The owner of this model publishes no pictures of its data.",
    ]
    perfect = [
        one | {"precision": 1.0, "recall": 1.0}
        for one in manifest["metrics"]["per_class"]
    ]
    right = {"metrics": manifest["metrics"] | {"per_class": perfect}}
    assert (
        card_of(manifest | right).split("## Limitations\n\n")[1].splitlines()
        == limits[3:]
    )
    pictures = manifest["files"] | {"reference_images": manifest["files"]["keras"]}
    assert "publishes no pictures" not in card_of(manifest | {"files": pictures})


def test_failures_are_told(manifest: dict[str, Any]) -> None:
    check = manifest["verification"]["checks"][0] | {
        "format": "layers-uint8",
        "argmax_agreement": 0.998,
    }
    changes = {
        "verification": manifest["verification"] | {"checks": [check]},
        "gates": [manifest["gates"][0] | {"passed": None, "value": None}],
        "data": manifest["data"] | {"warnings": ["3 test images also stand in train."]},
    }
    card = card_of(
        manifest | changes | {"skipped_formats": {"graph-float32": "no converter here"}}
    )
    assert (
        "`layers-uint8` disagrees with Keras on 0.20 % of 1,000 images (tfjs)." in card
    )
    assert "| test accuracy | – | 0.95 | not measured |" in card
    assert "- 3 test images also stand in train." in card
    assert "Not written: `graph-float32`: no converter here" in card


def test_labels_cannot_break_the_tables(manifest: dict[str, Any]) -> None:
    labels = ["|", "<script>alert(1)</script>", "a\nb"]
    classes = [
        c | {"label": label}
        for c, label in zip(manifest["metrics"]["per_class"], labels, strict=True)
    ]
    card = card_of(
        manifest
        | {
            "labels": labels,
            "metrics": manifest["metrics"] | {"per_class": classes},
        }
    )
    assert "<script>" not in card.replace("\\<", "")
    for table in tables(card):
        assert {len(row) for row in table} == {len(table[0])}


def test_a_bare_export_has_a_card_without_invented_facts(
    manifest: dict[str, Any],
) -> None:
    bare = {
        key: manifest[key]
        for key in ("schema", "name", "version", "created", "formats", "input")
    }
    card = card_of(bare | {"labels": None, "metrics": None})
    assert front_matter(card) == {
        "language": "en",
        "library_name": "keras",
        "tags": ["keras", "tensorflowjs"],
    }
    assert re.findall("^## (.*)", card, re.MULTILINE) == [
        "Files",
        "How to use it",
        "Limitations",
    ]
    assert card.endswith("- Its accuracy was not measured at export.\n")
    assert "embed.js" not in card
