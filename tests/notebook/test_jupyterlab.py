"""`show` in JupyterLab, in a real browser without a network: what is drawn is answered on the page and in Python."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

from pipeline.system.javascript import JsCase, run_cases
from pipeline.system.node import find_node
from pipeline.tfjs import export_model
from tests.support.browsers import WEB, require_chromium
from tests.support.workers import free_ports

ROOT = Path(__file__).parents[2]
STEPS = {
    "drawing": [{"step": "ink"}, {"step": "fit", "box": 10}, {"step": "center", "height": 12, "width": 12}],
    "image": [{"step": "channel"}],
}
CELLS = [
    "import pipeline\ndigits = pipeline.show('mnist-softmax')\ndigits",
    "shapes = pipeline.show('shapes')\nshapes",
    "import json\nprint(json.dumps([[one.value, None if one.input is None else one.input.tolist()]"
    " for one in (digits, shapes)]))",
]


@pytest.fixture(scope="module")
def folder(keras: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook beside two models: a chain of dense layers, and one for TensorFlow.js."""
    root: Path = tmp_path_factory.mktemp("notebook")
    (root / "mnist-softmax").symlink_to(ROOT / "exported_models" / "example" / "mnist-softmax")
    keras.utils.set_random_seed(1)
    layers = [keras.layers.Conv2D(4, 3, activation="relu"), keras.layers.Flatten(), keras.layers.Dense(3, "softmax")]
    model = keras.Sequential([keras.Input((12, 12, 1)), *layers])
    export_model(model, root / "shapes", preprocess=STEPS, labels=["disc", "<b>square</b>", "stripes"])
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, root / "drawing.ipynb")
    return root


@pytest.fixture(scope="module")
def host(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a JupyterLab with settings of its own."""
    home = tmp_path_factory.mktemp("jupyter")
    settings = home / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"fetchNews": "false", "checkForUpdates": false}')
    [port] = free_ports(1)
    options = [f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=token"]
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        **{f"JUPYTER_{kind.upper()}_DIR": str(home / kind) for kind in ("config", "data", "runtime")},
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", *options]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        while not list((home / "runtime").glob("jpserver-*.json")):
            assert server.poll() is None, (home / "log").read_text()
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()  # with its kernels
        server.wait()


@pytest.fixture(scope="module")
def found(folder: Path, host: str) -> dict[str, Any]:
    """What jupyterlab.mjs found."""
    job = {
        "web": str(WEB),
        "chromium": require_chromium(),
        "host": host,
        "notebook": "lab/tree/drawing.ipynb?token=token",
        "screenshots": os.environ.get("SCREENSHOTS"),
    }
    (folder / "job.json").write_text(json.dumps(job))
    command = [find_node(), str(Path(__file__).parent / "jupyterlab.mjs"), str(folder / "job.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    answered: dict[str, Any] = json.loads(done.stdout)
    return answered


def test_the_kernel_reads_the_answers_that_the_page_shows(found: dict[str, Any]) -> None:
    python = {step: [value and value["label"] for value, _ in seen["python"]] for step, seen in found["after"].items()}
    page = {step: seen["page"] for step, seen in found["after"].items()}
    assert python["reload"][1] == python["keyboard"][1]  # what was answered is kept until the new pad is drawn on
    assert {**python, "reload": [python["reload"][0], None]} == page


def test_each_way_of_drawing_is_answered(found: dict[str, Any]) -> None:
    seen = {
        step: ["blank" if one is None else "answered" for one in seen["page"]] for step, seen in found["after"].items()
    }
    assert seen == {
        "blank": ["blank", "blank"],
        "drawing": ["answered", "answered"],
        "clear": ["answered", "blank"],
        "drop": ["answered", "answered"],
        "keyboard": ["answered", "answered"],
        "reload": ["answered", "blank"],
    }
    assert found["after"]["drawing"]["page"][0] == found["after"]["keyboard"]["page"][0] == "1"  # a vertical line
    assert not found["moved"]


def test_stock_tensorflow_js_gives_the_same_answers_to_the_inputs_that_python_reads(
    found: dict[str, Any], folder: Path, tmp_path: Path
) -> None:
    manifests = [*folder.glob("mnist-softmax/*/layers-uint16/model.json"), folder / "shapes" / "model.json"]
    for (value, given), model in zip(found["after"]["drawing"]["python"], manifests, strict=True):
        case = JsCase(id="drawn", model=model, inputs={"input": np.array([given], np.float32)})
        [(_, answers)] = run_cases([case], tmp_path / model.parent.name)["drawn"].outputs
        assert np.abs(answers[0] - list(value["probabilities"].values())).max() < 1e-5  # another order of additions


def test_nothing_is_fetched_and_nothing_fails(found: dict[str, Any]) -> None:
    assert found["elsewhere"] == []
    assert found["errors"] == []
    assert len(set(found["tags"])) == 1  # the element is registered once, under a name of its own
    assert found["tags"][0] != "sketch-classifier"
