"""Somebody's own pictures, by command line:

dark pens on white paper, of several sizes, without test images.
"""

import json
import math
import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pipeline.pens.strokes import digits, on_pad
from pipeline.preprocessing.apply import prepare_drawing, prepare_images
from tests.support.pages import ROOT, code_blocks
from tests.support.versions import snapshot
from tests.support.workshop import QuickWorkshop, Workshop

Built = tuple[Workshop, dict[str, object], str]

SHAPES = ("cross", "disc", "triangle")
PAPER = "#d8d4cc"  # as cameras see it


def shape(
    kind: str,
    rng: np.random.Generator,
    width: int,
    height: int,
    *,
    ink: str,
    paper: str,
) -> Image.Image:
    """One of the shapes, drawn by a pen, somewhere near the middle."""
    picture = Image.new("RGBA", (4 * width, 4 * height), paper)
    draw = ImageDraw.Draw(picture)
    side = 4 * min(width, height)
    radius, pen = side * rng.uniform(0.25, 0.38), round(side * rng.uniform(0.06, 0.1))
    x, y = (
        2 * width + side * rng.uniform(-0.06, 0.06),
        2 * height + side * rng.uniform(-0.06, 0.06),
    )

    def corner(turn: float) -> tuple[float, float]:
        return x + radius * math.cos(turn), y + radius * math.sin(turn)

    turn = rng.uniform(-0.2, 0.2)
    if kind == "disc":
        draw.ellipse(
            (x - radius, y - radius, x + radius, y + radius), outline=ink, width=pen
        )
    elif kind == "triangle":
        corners = [corner(turn - math.pi / 2 + i * 2 * math.pi / 3) for i in range(5)]
        draw.line(corners, fill=ink, width=pen, joint="curve")
    else:
        for start in (math.pi / 4, 3 * math.pi / 4):
            draw.line(
                (corner(turn + start), corner(turn + start + math.pi)),
                fill=ink,
                width=pen,
            )
    return picture.resize((width, height), Image.Resampling.LANCZOS)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A published build of photos, with its document and what it printed."""
    workshop = QuickWorkshop(tmp_path_factory.mktemp("own"), Path("photos"))
    rng = np.random.default_rng(0)
    for kind in SHAPES:
        folder = workshop.folder / "photos" / kind
        folder.mkdir(parents=True)
        for i in range(60):
            width, height = rng.integers(120, 320, 2).tolist()
            picture = shape(kind, rng, width, height, ink="#222", paper=PAPER).convert(
                "RGB"
            )
            picture.save(folder / f"{i}.jpg")
    recipe = workshop.run("recipe", "softmax").stdout
    (workshop.folder / "mine.toml").write_text(
        recipe.replace('title = ""', 'title = "Shapes"')
    )
    # of several sizes
    assert (
        workshop.run("build", "--data", "photos", "--recipe", "mine.toml").returncode
        == 5
    )
    done = workshop.run(
        "build",
        "--data",
        "photos",
        "--recipe",
        "mine.toml",
        "--set",
        "data.size=28",
        "--json",
    )
    assert done.returncode == 0, done.stderr
    return workshop, json.loads(done.stdout), done.stderr


def test_they_train_a_model_that_passes_its_gates_and_answers_alike_in_javascript(
    built: Built,
) -> None:
    workshop, document, said = built
    workshop.check_site()
    assert document["published"]
    assert document["warnings"] == [
        "180 of 180 images have color, and recipes train on brightness alone. Make sure"
        " that brightness tells the labels apart."
    ]
    assert (
        "resized to 28 × 28, a share of 0.2 chosen for tests (seed 1), inverted: they"
        " are dark on bright" in said
    )
    manifest = json.loads(
        Path(str(document["export_dir"]), "manifest.json").read_text()
    )
    assert manifest["title"] == "Shapes"
    facts = {"dark_on_bright": True, "size": 28, "test_share": 0.2, "split_seed": 1}
    assert {key: manifest["data"][key] for key in facts} == facts
    assert manifest["recipe"]["preprocess"]["invert"] is True
    checks = {
        (one["format"], one["runtime"]): one
        for one in manifest["verification"]["checks"]
    }
    for runtime in ("tfjs", "dense"):
        assert checks["layers-float32", runtime]["max_abs_diff"] < 1e-5
        assert checks["layers-float32", runtime]["argmax_agreement"] == 1


@pytest.mark.parametrize(
    ("ink", "paper"), [("black", "white"), ("white", "black"), ("#c33", "#0000")]
)
def test_drawings_are_read_whatever_the_pen_and_the_pad(
    ink: str, paper: str, built: Built
) -> None:
    import keras

    folder = Path(str(built[1]["export_dir"]))
    steps = json.loads((folder / "manifest.json").read_text())["preprocess"]
    rng = np.random.default_rng(1)
    kinds = [kind for kind in SHAPES for _ in range(10)]
    drawings = [shape(kind, rng, 280, 280, ink=ink, paper=paper) for kind in kinds]
    images = np.array(
        [prepare_drawing(np.asarray(drawing), steps["drawing"]) for drawing in drawings]
    )
    model = keras.saving.load_model(folder / "model.keras", safe_mode=True)
    answers = model.predict(prepare_images(images, steps["image"]), verbose=0).argmax(
        axis=1
    )
    assert np.count_nonzero(answers == [SHAPES.index(kind) for kind in kinds]) >= 29


@pytest.mark.parametrize(("data", "top"), [
    ("shapes", ""), ("digits", ""), pytest.param("digits", 'noun = "digit"\n', marks=pytest.mark.all_only),
])  # fmt: skip
def test_the_nights_of_the_guide_warn_of_nothing(
    data: str, top: str, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    [recipe] = code_blocks(page, "toml")
    [night] = [one for one in code_blocks(page, "sh") if one.startswith("#!/bin/sh")]
    commands = [
        shlex.split(line.partition(" 2>>")[0])[1:]
        for line in night.splitlines()
        if line.strip().startswith("pipeline ")
    ]
    assert [words[0] for words in commands] == ["build", "deploy", "versions"]
    host = workshop.folder / "host"
    assert "export PIPELINE_KEY=signing-key.pem PIPELINE_TARGET=" in night
    monkeypatch.setenv("PIPELINE_KEY", "signing-key.pem")
    monkeypatch.setenv("PIPELINE_TARGET", str(host))
    assert workshop.run("keygen", "signing-key.pem").returncode == 0
    (workshop.folder / "nightly.toml").write_text(top + recipe)
    with np.load(workshop.data) as file:
        arrays = dict(file)
    if data == "shapes":
        rng = np.random.default_rng(0)
        for split, count in {"train": 1200, "test": 300}.items():
            drawn = [
                shape(SHAPES[i % 3], rng, 28, 28, ink="#ddd", paper="#222").convert("L")
                for i in range(count)
            ]
            # so that no two are nearly the same
            noisy = np.stack([*map(np.asarray, drawn)]) + rng.normal(
                0, 12, (count, 28, 28)
            )
            arrays |= {
                f"x_{split}": noisy.astype(np.uint8),
                f"y_{split}": np.arange(count) % 3,
            }
        arrays["labels"] = np.array(SHAPES)
    for missing in (100, 1):  # images that have not arrived in this night
        some = {
            key: array[: None if key == "labels" else -missing]
            for key, array in arrays.items()
        }
        np.savez(workshop.folder / "letters.npz", **some)
        if host.exists():  # somebody has changed a file there
            content = (host / "index.html").read_bytes()
            (host / "index.html").write_bytes(content.replace(b"<title>", b"<TITLE>"))
        documents = []
        for words in commands:
            done = workshop.run(*words)
            assert done.returncode == 0, done.stderr
            documents.append(json.loads(done.stdout))
        document = documents[0]
        assert snapshot(host).items() >= workshop.published().items()
        assert (document["published"], document["warnings"]) == (True, [])
        measured = {gate["name"]: gate["value"] for gate in document["gates"]}[
            "drawings"
        ]
        assert (measured is not None) is bool(top)


def test_the_readmes_three_lines_end_in_a_page_for_sixty_pictures_of_each(
    workshop: Workshop,
) -> None:
    people = digits("training")
    names = {3: "three", 5: "five", 8: "eight"}
    rng = np.random.default_rng(0)
    for digit, name in names.items():
        folder = workshop.folder / "pictures" / name
        folder.mkdir(parents=True)
        for row in np.flatnonzero(people.labels == digit)[:60]:
            ink = Image.fromarray(on_pad(people.strokes[row]))
            picture = Image.new("RGBA", ink.size, "white")
            picture.alpha_composite(ink)
            turned = picture.convert("L").rotate(rng.uniform(-45, 45), fillcolor=255)
            size = int(rng.integers(100, 300))  # the phone is held at every angle
            turned.resize((size, size)).save(folder / f"{row}.png")
        assert len([*folder.iterdir()]) == 60
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    [lines] = [text for text in code_blocks(readme, "sh") if "pictures/" in text]
    [recipe, build, report] = [
        shlex.split(line, comments=True)[1:] for line in lines.splitlines()
    ]
    assert recipe[-2] == ">"
    written = workshop.run(*recipe[:-2])
    (workshop.folder / recipe[-1]).write_text(written.stdout)
    built = workshop.run(*build, "--json")
    assert built.returncode == 0, built.stderr
    assert workshop.run(*report).returncode == 0
    document = json.loads(built.stdout)
    assert document["test_accuracy"] < 0.95  # the recipe's limit for MNIST
    assert document["test_accuracy"] > document["threshold"] > 1 / 3
    page = (workshop.folder / "site/index.html").read_text(encoding="utf-8")
    right = f"Right on {100 * document['test_accuracy']:.1f}\N{NO-BREAK SPACE}% of"
    images = document["data"]["test_images"]
    assert f"{right} {images} test images. Its true accuracy is probably" in page
