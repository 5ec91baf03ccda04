"""docs/notebooks.md runs as a notebook, in a kernel, as it is written."""

import base64
import json
import os
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.support.pages import ROOT, code_blocks

PAGE = (ROOT / "docs/notebooks.md").read_text()
WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root: Path = tmp_path_factory.mktemp("notebooks")
    shutil.copytree(ROOT / "exported_models" / "example", root / "exported_models")
    return root


@pytest.fixture(scope="module")
def executed(folder: Path) -> nbformat.NotebookNode:
    """The page's blocks of Python as the cells of a notebook, after they were run in a kernel of their own."""
    cells = [nbformat.v4.new_code_cell(block.strip()) for block in code_blocks(PAGE, "python")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    where = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, startup_timeout=600, kernel_name="python3", resources=where)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(folder / "ipython")}
    return client.execute(env=environment)


def test_the_examples_show_a_widget_each(executed: nbformat.NotebookNode) -> None:
    outputs = [[output for output in cell.outputs if output.output_type != "stream"] for cell in executed.cells]
    shown = [[WIDGET in output.data for output in cell] for cell in outputs]
    assert shown == [[True], [], [], [True], [False]]
    assert outputs[-1][0].data["text/plain"].startswith("ExportReport: ")


def test_a_widget_holds_the_very_bytes_of_the_version(executed: nbformat.NotebookNode, folder: Path) -> None:
    widget = executed.cells[0].outputs[0].data[WIDGET]["model_id"]
    state = executed.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"][widget]
    held = {buffer["path"][-1]: base64.b64decode(buffer["data"]) for buffer in state["buffers"]}
    [version] = (folder / "exported_models" / "mnist-softmax").glob("*/")
    files = {path.relative_to(version).as_posix(): path for path in version.rglob("*") if path.is_file()}
    assert held == {path: files[path].read_bytes() for path in held}
    default = json.loads(held["manifest.json"])["default_format"]
    assert set(held) == {"manifest.json", *(path for path in files if path.startswith(f"{default}/"))}
