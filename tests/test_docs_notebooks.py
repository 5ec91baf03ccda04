"""docs/notebooks.md runs as a notebook, in a kernel, as it is written."""

import os
import shutil
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from tests.support.pages import ROOT, code_blocks

PAGE = (ROOT / "docs/notebooks.md").read_text()
WIDGET = "application/vnd.jupyter.widget-view+json"


def test_the_examples_show_a_widget_each(tmp_path: Path) -> None:
    """The page's blocks of Python, as the cells of a notebook, are run in a kernel of
    their own.
    """
    shutil.copytree(ROOT / "exported_models" / "example", tmp_path / "exported_models")
    cells = [
        nbformat.v4.new_code_cell(block.strip())
        for block in code_blocks(PAGE, "python")
    ]
    notebook, where = (
        nbformat.v4.new_notebook(cells=cells),
        {"metadata": {"path": str(tmp_path)}},
    )
    client = NotebookClient(
        notebook, startup_timeout=600, kernel_name="python3", resources=where
    )
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "IPYTHONDIR": str(tmp_path / "ipython"),
    }
    executed = client.execute(env=environment)
    outputs = [
        [output for output in cell.outputs if output.output_type != "stream"]
        for cell in executed.cells
    ]
    shown = [[WIDGET in output.data for output in cell] for cell in outputs]
    assert shown == [[True], [], [], [True], [False]]
    assert outputs[-1][0].data["text/plain"].startswith("ExportReport: ")
