"""Every case of the converter: exact in stock TensorFlow.js, or refused by name, as
docs/coverage.md says.

load() and the small engine run the first case of each rule, and all cases in the tier
*all*.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.tfjs.parity.compare import OutputCheck
from tests.tfjs_cases import CASES, coverage
from tests.tfjs_cases.harness import (
    EXACT,
    NO_GRAPH,
    Case,
    Outcome,
    Ran,
    needs_graph,
    require_chromium,
    run,
    run_by_small_engine,
    run_in_chromium,
)

PAGE = coverage.cases_of(coverage.PAGE.read_text(encoding="utf-8"))
REFUSALS = coverage.cases_of(coverage.REFUSALS.read_text(encoding="utf-8"))
ROUTES = {(layer, options): (route, how) for layer, options, route, how in PAGE}
OUTDATED = "run `.venv/bin/python -m tests.tfjs_cases.coverage`"

# Layers that web/src/runtime/dense/ and conv/ run, which have these names in Keras and
# in TensorFlow.js.
CHAINED = {
    *(
        "Activation",
        "AlphaDropout",
        "AveragePooling2D",
        "BatchNormalization",
        "Conv2D",
        "Dense",
        "DepthwiseConv2D",
    ),
    *(
        "Dropout",
        "ELU",
        "Flatten",
        "GaussianDropout",
        "GaussianNoise",
        "GlobalAveragePooling2D",
        "GlobalMaxPooling2D",
    ),
    *(
        "LeakyReLU",
        "MaxPooling2D",
        "PReLU",
        "ReLU",
        "Rescaling",
        "Reshape",
        "SeparableConv2D",
        "Softmax",
    ),
    *("SpatialDropout1D", "ThresholdedReLU", "ZeroPadding2D"),
}
# Cases of these layers alone that they leave to TensorFlow.js nevertheless.
LEFT_ALONE = re.compile(
    r"free|\(None|^Softmax-axis=\[|^Rescaling-lists|^ZeroPadding2D-.*channels_first"
)

# Largest difference over the largest output. The worst seen is 6e-7 on both, WebGL in
# software. WebAssembly computes in float32 as the plain backend does and keeps its
# limit. With a graphics card, WebGL's exp, tanh and division are the driver's, which
# may be off by some units in the last place, and its sums run in another order: ten
# times that limit.
LIMITS = {"wasm": 1e-4, "webgl": 1e-3}
_ON_BACKENDS = {
    *(
        "Dense-activation=softmax",
        "Conv1D-padding=causal",
        "Conv2D-groups=2",
        "DepthwiseConv2D-dilation_rate=2",
    ),
    *(
        "SeparableConv2D-default",
        "Conv2DTranspose-strides=2,_output_padding=1",
        "wiring-residual_blocks",
    ),
    *(
        "BatchNormalization-axis=1_rank_4",
        "LayerNormalization-axis=[1,_2]_rank_4",
        "RMSNormalization-default_rank_2",
    ),
    *(
        "UpSampling2D-interpolation=bilinear",
        "LSTM-return_sequences=True",
        "Bidirectional-LSTM_mask",
    ),
    *(
        "wiring-transformer_block",
        "wiring-several_inputs_and_outputs",
        "GRU-reset_after=True",
    ),
}
ON_BACKENDS = [
    pytest.param(case, marks=[] if case.expect == EXACT else [needs_graph], id=case.id)
    for case in CASES
    if case.id in _ON_BACKENDS
]


def _written(routes: tuple[str, ...]) -> list[Any]:
    """The cases that the page gives one of these routes; for the tier *test* the first
    of each rule.

    That is the first of each Keras layer by each route, and of each TensorFlow.js
    layer.
    """
    seen: set[tuple[str, str]] = set()
    found = []
    for case in CASES:
        route, how = ROUTES.get((case.layer, case.options), ("layers", ""))
        if route not in routes:
            continue
        rules = {
            (case.layer, route),
            *(("", one) for one in how.split(", ") if route == "layers"),
        }
        marks = [
            *([] if rules - seen else [pytest.mark.all_only]),
            *([needs_graph] if route == "graph" else []),
        ]
        found.append(pytest.param(case, marks=marks, id=case.id))
        seen |= rules
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cases")


def _chosen(request: Any, *tests: Any) -> list[dict[str, Any]]:
    """The parameters with which these tests of this file are run, or all of them."""
    found = [
        one
        for one in request.session.items
        if one.path == request.path and hasattr(one, "callspec")
    ]
    return [one.callspec.params for one in found if not tests or one.function in tests]


@pytest.fixture(scope="module")
def layers_outcomes(request: Any, folder: Path) -> dict[str, Outcome]:
    wanted = {one["case"].id for one in _chosen(request) if one["case"].expect == EXACT}
    return run([case for case in CASES if case.id in wanted], folder / "layers")


@pytest.fixture(scope="module")
def graph_outcomes(request: Any, folder: Path) -> dict[str, Outcome]:
    wanted = {one["case"].id for one in _chosen(request) if one["case"].expect != EXACT}
    return run([case for case in CASES if case.id in wanted], folder / "graph")


@pytest.fixture
def outcome(request: Any, case: Case) -> Outcome:
    fixture = "layers_outcomes" if case.expect == EXACT else "graph_outcomes"
    found: Outcome = request.getfixturevalue(fixture)[case.id]
    return found


@pytest.fixture(scope="module")
def small(
    request: Any, layers_outcomes: dict[str, Outcome], folder: Path
) -> dict[str, list[OutputCheck] | None]:
    wanted = (
        one["case"].id
        for one in _chosen(request, test_the_small_engine_answers_as_keras_does)
    )
    return run_by_small_engine(
        {case_id: layers_outcomes[case_id] for case_id in wanted}, folder
    )


@pytest.fixture(scope="module")
def in_chromium(
    request: Any,
    layers_outcomes: dict[str, Outcome],
    graph_outcomes: dict[str, Outcome],
    folder: Path,
) -> dict[tuple[str, str], list[Ran]]:
    require_chromium()
    engines: dict[str, set[str]] = {}
    for one in _chosen(
        request, test_load_answers_as_stock_tensorflow_js_does_in_chromium
    ):
        engines.setdefault(one["case"].id, set()).update(["cpu", "load"])
    for one in _chosen(request, test_the_backends_of_pages_compute_what_keras_does):
        engines.setdefault(one["case"].id, set()).add(one["backend"])
    return run_in_chromium(layers_outcomes | graph_outcomes, engines, folder)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_is_exact_or_refused_by_name(case: Case, outcome: Outcome) -> None:
    if case.expect == EXACT:
        assert outcome.refusal is None
        assert outcome.error is None
    else:
        assert outcome.refusal is not None
        assert case.expect in outcome.refusal
    # whatever was written, by either route, and loads, is right
    if outcome.error is None:
        assert all(check.passed for check in outcome.checks), outcome.checks
    said, judged = (
        coverage.refusal(case, outcome),
        NO_GRAPH is None or outcome.route == "layers",
    )
    listed = (coverage.row(case, outcome) in PAGE or not judged) and (
        said is None or said in REFUSALS
    )
    assert listed, OUTDATED  # a page in this line would fill the screen


@pytest.mark.parametrize("case", _written(("layers", "graph")))
def test_load_answers_as_stock_tensorflow_js_does_in_chromium(
    case: Case, outcome: Outcome, in_chromium: Mapping[tuple[str, str], list[Ran]]
) -> None:
    stock, ours = in_chromium["cpu", case.id], in_chromium["load", case.id]
    assert len(stock) == len(ours) == len(outcome.runs) > 0
    for theirs, ran in zip(stock, ours, strict=True):
        assert (theirs.error, ran.error) == (None, None)
        assert all(
            np.array_equal(*pair, equal_nan=True)
            for pair in zip(theirs.outputs, ran.outputs, strict=True)
        )
        assert all(check.passed for check in ran.checks), ran.checks


@pytest.mark.parametrize("case", _written(("layers",)))
def test_the_small_engine_answers_as_keras_does(
    case: Case, outcome: Outcome, small: Mapping[str, list[OutputCheck] | None]
) -> None:
    checks = small[case.id]
    if checks is None:
        promised = {case.layer, *outcome.classes} <= CHAINED
        assert not promised or LEFT_ALONE.search(case.id)
        return
    assert all(check.passed for check in checks), checks


@pytest.mark.parametrize("case", ON_BACKENDS)
@pytest.mark.parametrize("backend", LIMITS)
def test_the_backends_of_pages_compute_what_keras_does(
    backend: str,
    case: Case,
    outcome: Outcome,
    in_chromium: Mapping[tuple[str, str], list[Ran]],
) -> None:
    for ran, answers in zip(
        in_chromium[backend, case.id], outcome.answers, strict=True
    ):
        assert ran.error is None
        for check, expected in zip(ran.checks, answers.values(), strict=True):
            assert check.shape == check.expected_shape
            assert check.max_abs_diff <= LIMITS[backend] * np.abs(expected).max()


def test_the_table_has_every_case_once() -> None:
    assert len(CASES) >= 200
    listed = sorted((layer, options) for layer, options, _, _ in PAGE)
    assert listed == sorted({(case.layer, case.options) for case in CASES}), OUTDATED
    assert len(listed) == len(CASES) == len({case.id for case in CASES})


def test_the_documentation_says_how_many_of_them_load_runs() -> None:
    text = coverage.EMBEDDING.read_text(encoding="utf-8")
    assert "0 cases](coverage.md)" in coverage.counted(text, "")
    assert coverage.counted(text, coverage.PAGE.read_text(encoding="utf-8")) == text, (
        OUTDATED
    )


def test_every_layer_that_both_sides_have_is_tried_and_converts() -> None:
    exact = {layer for layer, _, route, _ in PAGE if route == "layers"}
    assert coverage.SHARED - exact == set()
