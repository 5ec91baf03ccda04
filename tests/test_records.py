"""Records survive the way to disk and back, and refuse what is not theirs."""

from pathlib import Path

import pytest

from pipeline.records import EpochResult, Gate, Mistake, from_json, load, save, to_json, write_text_atomically

EPOCH = EpochResult(
    epoch=1,
    loss=0.5,
    accuracy=0.9,
    validation_loss=None,
    validation_accuracy=None,
    learning_rate=0.1,
    seconds=1.5,
)


def test_a_record_comes_back_equal(tmp_path: Path) -> None:
    save(tmp_path / "epoch.json", EPOCH)
    assert load(EpochResult, tmp_path / "epoch.json") == EPOCH


def test_whole_numbers_in_json_become_floats_where_a_float_is_meant() -> None:
    gate = from_json(Gate, {"name": "g", "value": 1, "limit": None, "passed": True, "detail": ""})
    assert isinstance(gate.value, float)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epoch": "1"}, "epoch must be int. Received: '1'"),
        ({"epoch": True}, "epoch must be int. Received: True"),
        ({"extra": 1}, "has no field 'extra'"),
    ],
)
def test_a_value_of_another_type_or_an_unknown_field_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        from_json(EpochResult, {**to_json(EPOCH), **change})


def test_a_missing_field_is_refused() -> None:
    with pytest.raises(TypeError, match="probability"):
        from_json(Mistake, {"index": 1, "label": 2, "predicted": 3, "label_probability": 0.1})


def test_nan_is_never_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Out of range"):
        save(tmp_path / "x.json", Gate(name="g", value=float("nan"), limit=None, passed=True, detail=""))
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_text_and_no_rubbish(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    write_text_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_text_atomically(path, "\ud800")  # a lone surrogate cannot be encoded
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
