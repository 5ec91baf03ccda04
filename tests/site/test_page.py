"""The record of a page's files, and the order in which they reach visitors."""

import errno
import random
from pathlib import Path
from unittest.mock import Mock

import pytest

from pipeline.site import page
from pipeline.site.page import CONTENT, order, rank, read_record


def test_each_file_comes_after_what_it_names_and_lookalikes_of_content_are_none() -> (
    None
):
    version = "models/digits/0123456789ab"
    paths = [
        *("assets/page-1.js", "assets/page-1.js.br", f"{version}/manifest.json",
            f"{version}/layers-float32/model.json"),
        *(".nojekyll", "_headers", "embed.js", "embed.js.br", "embed.js.gz", f"{version}.sig"),
        *("models/digits/history.json", "models/other/history.json"),
        *("models/digits/latest.json", "models/other/latest.json"),
        *("models/index.json", "models/index.json.gz", "index.html", "index.html.br", "sw.js"),
    ]  # fmt: skip
    shuffled = random.Random(1).sample(paths, len(paths))
    ranks = [rank(path) for path in sorted(shuffled, key=order)]
    assert ranks == [rank(path) for path in paths]
    assert sorted(shuffled, key=order)[-8:] == paths[-8:]
    assert [path for path in paths if rank(path) == CONTENT] == paths[:4]
    for path in (
        "models/digits/drafts/manifest.json",
        "models/0123456789ab/x",
        "x/assets/page.js",
        "models/a",
    ):
        assert rank(path) == rank("embed.js"), path


def test_a_record_that_the_disk_fails_to_give_is_not_taken_for_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the next publication would write one that vouches for its own files alone."""
    assert read_record(tmp_path) is None
    monkeypatch.setattr(
        page, "read_bounded", Mock(side_effect=OSError(errno.EIO, "Input/output error"))
    )
    with pytest.raises(OSError, match="Input/output error"):
        read_record(tmp_path)
