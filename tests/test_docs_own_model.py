"""docs/own-model.md: its scripts and commands run, on data that stands in for what they
would download.

Fashion-MNIST is replaced by shapes of the same form, and the weights of ImageNet by
random ones, so the limits of the gates are opened: what is tested is the way, not the
accuracy.
"""

import contextlib
import re
import shlex
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.support.pages import ROOT
from tests.support.workshop import call

PAGE = (ROOT / "docs/own-model.md").read_text()
OPEN = [
    part
    for gate in ("threshold", "class_recall", "undisputed_labels")
    for part in ("--set", f"gates.{gate}=0")
]


def clothes(count: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    rng = np.random.default_rng(count)
    labels = np.arange(count) % 10
    images = rng.integers(0, 60, (count, 28, 28), np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[2 + 2 * label : 8 + 2 * label, 4:24] = rng.integers(150, 255)
    return images, labels.astype(np.uint8)


def make_fruits(folder: Path) -> None:
    rng = np.random.default_rng(0)
    for split, count in (("train", 24), ("test", 8)):
        for channel, label in enumerate(("apple", "lime", "plum")):
            (folder / split / label).mkdir(parents=True)
            for i in range(count):
                picture = rng.integers(0, 120, (*rng.integers(70, 130, 2), 3), np.uint8)
                picture[..., channel] += 130
                # or all are nearly the same once they are small
                picture[: rng.integers(70), : rng.integers(70)] = 0
                Image.fromarray(picture).save(folder / split / label / f"{i}.jpg")


def run(command: str) -> Any:
    program, *arguments = shlex.split(command)
    assert program == "pipeline"
    return call(*arguments, *OPEN * (arguments[0] == "build"))


@pytest.mark.all_only
@pytest.mark.filterwarnings(
    "ignore:`shuffle=True` was passed:UserWarning"
)  # by Keras itself, to itself
def test_the_scripts_and_commands_run_and_the_table_is_refused(
    keras: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(
        keras.datasets.fashion_mnist, "load_data", lambda: (clothes(1000), clothes(200))
    )
    monkeypatch.setattr(
        keras.applications,
        "MobileNetV2",
        partial(_without_weights, keras.applications.MobileNetV2),
        raising=True,
    )
    make_fruits(tmp_path / "fruits")
    steps = re.findall(r"^```(python|sh)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    names: dict[str, Any] = {}
    # the commands run in this process, in which random operations then need a seed
    keras.utils.set_random_seed(1)
    with contextlib.chdir(tmp_path):
        for language, block in steps[1:]:  # the first command is of nobody's model
            if language == "sh":
                done = run(block.strip())
                assert done.exit_code == 0, done.stderr
            else:
                open_gates = re.sub(
                    r'"(threshold|class_recall|gates.undisputed_labels)": [\d.]+',
                    r'"\1": 0',
                    block,
                )
                exec(open_gates, names)  # noqa: S102
        for published in ("fashion-convnet", "fruits-mobilenet", "clothes"):
            assert Path("site/models", published, "latest.json").is_file()
        assert Path("elsewhere/models/clothes/latest.json").is_file()
        assert Path("web/table/model.json").is_file()
        found = re.search(
            r"<!-- refused: (.*) -->\n```\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE
        )
        assert found
        command, printed = found.groups()
        refused = run(command)
    assert refused.exit_code == 2
    assert " ".join(printed.split()) in " ".join(refused.stderr.split())


def _without_weights(network: Any, **options: Any) -> Any:
    assert options["weights"] == "imagenet"
    return network(**options | {"weights": None})
