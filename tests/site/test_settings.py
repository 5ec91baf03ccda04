"""The owner's decisions on a site: read strictly, and absent when there are none."""

import json
from pathlib import Path

import pytest

from pipeline.errors import PublishError
from pipeline.site.settings import Settings, parse_settings, read_settings, write_settings
from tests.support.versions import scratch_in

ID = "0123456789ab"


def test_settings_come_back_as_written(tmp_path: Path) -> None:
    (tmp_path / "digits").mkdir()
    settings = Settings(revision=2, pinned=(ID,), held="2026-11-26T03:00:00Z")
    write_settings(tmp_path, "digits", settings)
    assert read_settings(tmp_path, "digits") == settings
    document = json.loads((tmp_path / "digits" / "settings.json").read_bytes())
    assert document == {"revision": 2, "held": "2026-11-26T03:00:00Z", "pinned": [ID]}
    assert scratch_in(tmp_path) == []


UNFIT = (
    *("[]", "{", '{"pinned": "x"}', '{"pinned": ["../x"]}', '{"pinned": [], "later": 1}'),
    *('{"held": true}', '{"released": {}}'),
)


def test_bad_settings_are_refused_with_the_next_step_but_a_key_may_be_missing(tmp_path: Path) -> None:
    (tmp_path / "digits").mkdir()
    for content in UNFIT:
        (tmp_path / "digits" / "settings.json").write_text(content)
        with pytest.raises(PublishError, match=r"settings\.json cannot be used: .* delete it and run again"):
            read_settings(tmp_path, "digits")
    assert parse_settings({"pinned": [ID]}) == Settings(pinned=(ID,))
    assert parse_settings({}) == Settings()
