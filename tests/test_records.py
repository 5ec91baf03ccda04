"""Records survive the way to disk and back, and refuse what is not theirs."""

from pathlib import Path

import pytest

from pipeline.records import EpochResult, Gate, Mistake
from pipeline.system.json_records import RecordError, from_json, load, save, to_json

EPOCH = EpochResult(
    epoch=1,
    loss=0.5,
    accuracy=0.9,
    validation_loss=None,
    validation_accuracy=None,
    learning_rate=0.1,
    seconds=1.5,
)


def test_a_record_comes_back_equal_and_whole_numbers_become_floats_where_a_float_is_meant(
    tmp_path: Path,
) -> None:
    save(tmp_path / "epoch.json", EPOCH)
    assert load(EpochResult, tmp_path / "epoch.json") == EPOCH
    gate = from_json(
        Gate, {"name": "g", "value": 1, "limit": None, "passed": True, "detail": ""}
    )
    assert isinstance(gate.value, float)


@pytest.mark.parametrize(("change", "message"), [
    ({"epoch": "1"}, "epoch must be a whole number. Received: '1'"),
    ({"epoch": True}, "epoch must be a whole number. Received: True"),
    ({"epochs": 1}, "epochs is not a known key. Did you mean 'epoch'?"),
])  # fmt: skip
def test_a_value_of_another_type_or_an_unknown_field_is_refused(
    change: dict[str, object], message: str
) -> None:
    with pytest.raises(RecordError, match=message):
        from_json(EpochResult, {**to_json(EPOCH), **change})


def test_a_missing_field_is_refused_and_unknown_ones_can_be_ignored_as_of_newer_releases() -> (
    None
):
    assert (
        from_json(EpochResult, {**to_json(EPOCH), "extra": 1}, ignore_unknown=True)
        == EPOCH
    )
    with pytest.raises(RecordError, match="probability"):
        from_json(
            Mistake, {"index": 1, "label": 2, "predicted": 3, "label_probability": 0.1}
        )


def test_nan_is_never_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Out of range"):
        save(
            tmp_path / "x.json",
            Gate(name="g", value=float("nan"), limit=None, passed=True, detail=""),
        )
    assert list(tmp_path.iterdir()) == []
