"""Which answers count as the same, and that a wrong one stops the build."""

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline import export
from pipeline.config import Config
from pipeline.errors import ConversionError
from pipeline.records import ExportedFormat, FormatCheck
from pipeline.stages.run import run_stages
from pipeline.tfjs.parity.compare import LIMITS
from pipeline.verify import check_format
from tests.support.training import small_build

REFERENCE = np.array([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7]], np.float32)
LABELS = np.array([0, 1, 0])


def check(answers: np.ndarray[Any, Any], dtype: str = "float32") -> FormatCheck:
    fmt = ExportedFormat(
        id=f"layers-{dtype}",
        route="layers",
        dtype=dtype,
        path="m.json",
        bytes=1,
        files=(),
    )
    return check_format(
        fmt, "tfjs", answers.astype(np.float32), REFERENCE, LABELS, LIMITS[dtype], 0.1
    )


@pytest.mark.parametrize("dtype", LIMITS)
def test_a_difference_beyond_the_limit_fails_and_one_within_passes(dtype: str) -> None:
    change = np.array([[1, -1], [-1, 1], [-1, 1]], np.float32)
    found = check(REFERENCE + change * np.float32(LIMITS[dtype] * 0.9), dtype)
    assert (found.passed, found.argmax_agreement, found.samples) == (True, 1.0, 3)
    failed = check(REFERENCE + change * np.float32(LIMITS[dtype] * 1.5), dtype)
    assert not failed.passed
    assert "limit" in failed.detail


def test_other_answers_fail_even_in_a_quantized_format_and_so_does_nan() -> None:
    flipped = np.array([[0.9, 0.1], [0.52, 0.48], [0.52, 0.48]])
    assert "agrees on" in check(flipped, "uint8").detail
    assert not check(REFERENCE * np.float32(np.nan)).passed


def test_one_tie_of_few_images_may_fall_the_other_way_where_weights_are_rounded() -> (
    None
):
    reference, answers = (
        np.array([[0.9, 0.1], row], np.float32) for row in ([0.49, 0.51], [0.51, 0.49])
    )
    given = (answers, reference, LABELS[:2], LIMITS["uint8"], 0.1)
    fmt = ExportedFormat(
        id="layers-uint8",
        route="layers",
        dtype="uint8",
        path="m.json",
        bytes=1,
        files=(),
    )
    found = check_format(fmt, "tfjs", *given)
    assert (found.passed, found.argmax_agreement) == (True, 0.5)
    assert not check_format(
        dataclasses.replace(fmt, dtype="float32"), "tfjs", *given
    ).passed


def test_another_shape_is_refused() -> None:
    with pytest.raises(ConversionError, match=r"shape \(3, 1\)"):
        check(REFERENCE[:, :1])


@pytest.fixture(scope="module")
def evaluated(small_npz: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runs of a build that ended after the evaluation."""
    root = tmp_path_factory.mktemp("evaluated")
    run_stages(small_build(root, small_npz), until="evaluate")
    return root / "runs"


@pytest.fixture
def config(evaluated: Path, small_npz: Path, tmp_path: Path) -> Config:
    """A build that has to be exported and verified."""
    shutil.copytree(evaluated, tmp_path / "runs")
    return small_build(tmp_path, small_npz)


def export_with(
    change: Callable[[Path, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Change the folder of each layers-model after it was written; `change` gets its
    dtype, too.
    """
    real = vars(export)["write_layers_json"]

    def changed(graph: Any, model: Any, directory: Path, **options: Any) -> None:
        real(graph, model, directory, **options)
        change(directory, options["dtype"])

    monkeypatch.setattr("pipeline.export.write_layers_json", changed)


def test_a_converter_that_writes_wrong_weights_is_caught_and_nothing_is_stored(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(directory: Path, dtype: str) -> None:
        if dtype == "float32":
            weights = directory / "group1-shard1of1.bin"
            values = np.frombuffer(weights.read_bytes(), np.float32).copy()
            values[400] += 0.05
            weights.write_bytes(values.tobytes())

    export_with(wrong, monkeypatch)
    with pytest.raises(
        ConversionError, match=r"differ from Keras[\s\S]*layers-float32 +tfjs .*FAILED"
    ):
        run_stages(config)
    assert not list(config.out.rglob("manifest.json"))
    assert not (config.site / "index.html").exists()


@pytest.mark.parametrize(
    ("error", "kept"), [(0.0, 8), (0.01, None)]
)  # within what uint8 needs, and beyond float32
def test_probes_are_run_in_every_format_and_left_out_where_one_does_not_pass(
    config: Config, monkeypatch: pytest.MonkeyPatch, error: float, kept: int | None
) -> None:
    real = vars(export)["make_probes"]

    def off(*given: Any) -> Any:
        [output] = real(*given).outputs
        answers = tuple(map(tuple, (np.array(output.answers) + error).tolist()))
        return dataclasses.replace(
            real(*given), outputs=(dataclasses.replace(output, answers=answers),)
        )

    monkeypatch.setattr("pipeline.export.make_probes", off)
    exported = run_stages(config, until="verify").exported
    assert exported is not None
    probes = exported.manifest.probes
    assert (probes and len(probes.outputs[0].answers)) == kept


def test_a_file_that_javascript_cannot_load_is_caught(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(directory: Path, dtype: str) -> None:
        text = (directory / "model.json").read_text()
        (directory / "model.json").write_text(text.replace('"Dense"', '"Dens"'))

    export_with(broken, monkeypatch)
    with pytest.raises(
        ConversionError, match=r"layers-float32 does not run in JavaScript \(tfjs\)"
    ):
        run_stages(config)
    assert not list(config.out.rglob("manifest.json"))


def test_an_official_converter_that_is_installed_later_is_used(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.stages.publishing.converter_version", lambda: None)
    run_stages(config, until="verify")
    assert run_stages(config, until="verify").unchanged == [
        "train",
        "evaluate",
        "export",
        "verify",
    ]
    monkeypatch.undo()
    assert run_stages(config, until="verify").unchanged == ["train", "evaluate"]
