"""docs/notebooks.md runs as a notebook, in a kernel, as it is written."""

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
