"""docs/text.md:

its script trains, its command exports, and its lines of JavaScript answer in Node.js.
"""

import contextlib
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

from pipeline.system.node import find_node
from tests.support.pages import ROOT, code_blocks
from tests.support.workshop import call

PAGE = (ROOT / "docs/text.md").read_text()
# a page has these
BROWSER = """
import { readFile } from "node:fs/promises";
globalThis.location = { href: import.meta.url };
globalThis.fetch = async (url) => new Response(await readFile(new URL(url)));
await import("./page.mjs");
"""


def test_the_guide_leads_from_texts_to_answers(keras: Any, tmp_path: Path) -> None:
    [script], [command], [page] = (
        code_blocks(PAGE, language) for language in ("python", "sh", "js")
    )
    keras.utils.set_random_seed(1)
    with contextlib.chdir(tmp_path):
        exec(script, {})  # noqa: S102 (our own text)
        done = call(*shlex.split(command)[1:])
        assert done.exit_code == 0, done.stderr
        assert "load() and Keras make the same of 64 strings" in done.stdout
        Path("page.mjs").write_text(page)
        Path("browser.mjs").write_text(BROWSER)
        ran = subprocess.run(
            [find_node(), "browser.mjs"], capture_output=True, text=True, check=True
        )
    found = re.fullmatch(r"\[ 'good', 'bad' \] \[ ([\d.]+), ([\d.]+) \]\n", ran.stdout)
    assert found, ran.stdout
    model = keras.saving.load_model(tmp_path / "reviews.keras")
    import tensorflow as tf

    expected = model(
        tf.constant([["What a wonderful story!"], ["Two boring hours."]])
    ).numpy()[:, 0]
    assert [
        abs(float(value) - one) < 1e-5
        for value, one in zip(found.groups(), expected, strict=True)
    ] == [True] * 2
