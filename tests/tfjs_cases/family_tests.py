"""The tests of one family of cases, imported by the file of each family so that they run side by side."""

import re
from collections.abc import Mapping
from typing import Any

from pipeline.tfjs.parity.compare import OutputCheck
from tests.tfjs_cases import coverage
from tests.tfjs_cases.harness import EXACT, NO_GRAPH, Case, Loaded, Outcome

# Layers that web/src/runtime/dense/ and conv/ run, which have these names in Keras and in TensorFlow.js.
CHAINED = {
    *("Activation", "AlphaDropout", "AveragePooling2D", "BatchNormalization", "Conv2D", "Dense", "DepthwiseConv2D"),
    *("Dropout", "ELU", "Flatten", "GaussianDropout", "GaussianNoise", "GlobalAveragePooling2D", "GlobalMaxPooling2D"),
    *("LeakyReLU", "MaxPooling2D", "PReLU", "ReLU", "Rescaling", "Reshape", "SeparableConv2D", "Softmax"),
    *("SpatialDropout1D", "ThresholdedReLU", "ZeroPadding2D"),
}
# Cases of these layers alone that they leave to TensorFlow.js nevertheless.
LEFT_ALONE = re.compile(r"free|\(None|^Softmax-axis=\[|^Rescaling-lists|^ZeroPadding2D-.*channels_first")


def test_case(case: Case, outcomes: Mapping[str, Outcome]) -> None:
    outcome = outcomes[case.id]
    if case.expect == EXACT:
        assert outcome.refusal is None
        assert outcome.error is None
    else:
        assert outcome.refusal is not None
        assert case.expect in outcome.refusal
    # whatever was written, by either route, and loads, is right
    if outcome.error is None:
        assert all(check.passed for check in outcome.checks), outcome.checks


def test_load_answers_as_stock_tensorflow_js_does_in_chromium(
    case: Case, outcomes: Mapping[str, Outcome], loaded: Mapping[str, list[Loaded]]
) -> None:
    if outcomes[case.id].route is None or outcomes[case.id].error is not None:
        assert case.id not in loaded  # nothing was written that runs
        return
    runs = loaded[case.id]
    assert len(runs) == len(outcomes[case.id].runs)
    for run in runs:
        assert run.error is None
        assert run.difference == 0
        assert all(check.passed for check in run.checks), run.checks


def test_the_small_engine_answers_as_keras_does(
    case: Case, outcomes: Mapping[str, Outcome], small: Mapping[str, list[OutputCheck] | None]
) -> None:
    outcome = outcomes[case.id]
    if outcome.route != "layers" or outcome.error is not None:
        assert case.id not in small
        return
    checks = small[case.id]
    if checks is None:
        promised = {case.layer, *outcome.classes} <= CHAINED
        assert not promised or LEFT_ALONE.search(case.id)
        return
    assert all(check.passed for check in checks), checks


def test_the_coverage_page_is_current(request: Any, outcomes: Mapping[str, Outcome]) -> None:
    found = coverage.rows(request.module.CASES, outcomes)
    known = [row for row in found if NO_GRAPH is None or row[2] == "layers"]
    page = set(coverage.table_of(coverage.PAGE.read_text(encoding="utf-8")))
    assert [row for row in known if row not in page] == [], "run `python -m tests.tfjs_cases.coverage`"
    said = set(coverage.table_of(coverage.REFUSALS.read_text(encoding="utf-8")))
    missing = [row for row in coverage.refusals(request.module.CASES, outcomes) if row not in said]
    assert missing == [], "run `python -m tests.tfjs_cases.coverage`"
