"""The pages of docs/ about the cases, from their outcomes:

`python -m tests.tfjs_cases.coverage`.
"""

import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from pipeline.errors import ConversionError
from pipeline.tfjs.routes import neither
from tests.tfjs_cases import CASES, keras_suite, packages
from tests.tfjs_cases.harness import Case, Outcome, run
from tests.tfjs_cases.refused import REFUSED, said
from tests.tfjs_cases.standing import counts, recorded
from tests.tfjs_cases.standing import row as row_of

PAGE = Path(__file__).parents[2] / "docs" / "coverage.md"
REFUSALS, EMBEDDING = PAGE.with_name("refusals.md"), PAGE.with_name("embedding.md")
EXACT = -99  # in place of the power of ten of a difference that is 0

# The layer classes that Keras 3 and TensorFlow.js 4.22 share, except InputLayer, which
# every case has. Cells are tested inside RNN.
SHARED = frozenset(
    {
        "Activation",
        "Add",
        "AlphaDropout",
        "Average",
        "AveragePooling1D",
        "AveragePooling2D",
        "AveragePooling3D",
    }
    | {
        "BatchNormalization",
        "Bidirectional",
        "CategoryEncoding",
        "CenterCrop",
        "Concatenate",
        "Conv1D",
        "Conv2D",
    }
    | {
        "Conv2DTranspose",
        "Conv3D",
        "Conv3DTranspose",
        "ConvLSTM2D",
        "Cropping2D",
        "Dense",
        "DepthwiseConv2D",
        "Dot",
    }
    | {
        "Dropout",
        "ELU",
        "Embedding",
        "Flatten",
        "GRU",
        "GaussianDropout",
        "GaussianNoise",
        "GlobalAveragePooling1D",
    }
    | {
        "GlobalAveragePooling2D",
        "GlobalMaxPooling1D",
        "GlobalMaxPooling2D",
        "LSTM",
        "LayerNormalization",
    }
    | {
        "LeakyReLU",
        "Masking",
        "MaxPooling1D",
        "MaxPooling2D",
        "MaxPooling3D",
        "Maximum",
        "Minimum",
        "Multiply",
    }
    | {
        "PReLU",
        "Permute",
        "RNN",
        "ReLU",
        "RepeatVector",
        "Rescaling",
        "Reshape",
        "Resizing",
        "SeparableConv2D",
    }
    | {
        "SimpleRNN",
        "Softmax",
        "SpatialDropout1D",
        "StackedRNNCells",
        "TimeDistributed",
        "UpSampling2D",
    }
    | {"ZeroPadding2D"}
)

_HEAD = """# Coverage: how each layer converts

Written by `python -m tests.tfjs_cases.coverage` from a run of the converter's test cases in stock TensorFlow.js
{tfjs}; a test fails when this page is out of date. Every case has random weights and statistics and is compared with
Keras in shape and value, with two different sizes where a size is free.

- **layers**: a layers-model of these stock layers computes what Keras does; *itself* is the one of its name;
- **graph**: a layers-model is refused, so `--format auto` writes a graph-model, which computes what Keras does;
- **neither**: both are refused. [Refusals](refusals.md) has the reason for this and for each graph-model.

{layers} cases convert to stock layers, {graph} to a graph-model, {neither} are refused by both. No case loads and then
differs. The largest difference is given as a power of ten, because its digits depend on the machine.

| layer | options | route | TensorFlow.js layers | max abs diff |
|---|---|---|---|---|
"""

_REFUSALS_HEAD = """# Refusals, word for word

Written by `python -m tests.tfjs_cases.coverage` from the same cases as [coverage](coverage.md). With
`--format auto` a case becomes what the last column says. Where that is a graph-model, the row is what `--format layers`
says; where it is nothing, what the command ends with.

| layer | options | what is said | next step | `--format auto` |
|---|---|---|---|---|
"""


_OTHERS_HEAD = """
## Files, models, samples and the proof

Refusals where no layer is the cause, and for ONNX and LiteRT files. Each of these is exported by a test, which
fails when the words are others.

| what | what is said | next step |
|---|---|---|
"""


_STANDING = """
## Models that nobody here wrote

`python -m tests.tfjs_cases.keras_suite` ({day}, with Keras {keras} and TensorFlow {tensorflow}) exports whatever Keras'
own tests of its layers give to `run_layer_test`, with random weights and `--format auto`. `python -m
tests.tfjs_cases.packages` ({other_day}) does the same with small models of the packages of `requirements/models.txt`,
which `make test-all` installs. The written files run again in stock TensorFlow.js, on other inputs and on the first row
alone; none differed, and none failed in another way than by a refusal. Not judged is what Keras itself makes no model
of, or answers as differently when the last bit of its weights changes. The reasons are in
`tests/tfjs_cases/keras_suite.json` and `packages.json`.

| models | layers | graph | refused by both | not judged |
|---|---|---|---|---|
"""


def route_of(outcome: Outcome) -> str:
    """Return what a user of --format auto gets."""
    return (
        outcome.route
        if outcome.route is not None and outcome.error is None
        else "neither"
    )


def row(case: Case, outcome: Outcome) -> tuple[str, str, str, str]:
    """Return docs/coverage.md's words about a case, without the measured column."""
    route = route_of(outcome)
    return (
        case.layer,
        case.options,
        route,
        ", ".join(outcome.classes) if route == "layers" else "",
    )


def refusal(case: Case, outcome: Outcome) -> tuple[str, ...] | None:
    """The row of docs/refusals.md about a case that is no layers-model, without the
    last column.
    """
    said = outcome.refusal or ""
    if (
        "format=" in said
        and route_of(outcome) == "neither"
        and (graph := outcome.graph_error or outcome.error)
    ):
        said = str(neither(ConversionError(said), ConversionError(graph)))
    words, _, step = " ".join(said.split()).partition(" Next step: ")
    return (case.layer, case.options, words, step) if words else None


def render(outcomes: Mapping[str, Outcome]) -> str:
    """The whole page."""
    wrong = [
        name
        for name, outcome in outcomes.items()
        if not all(check.passed for check in outcome.checks)
    ]
    if wrong:
        raise SystemExit(f"These load and differ: {wrong}")
    routes = [route_of(outcome) for outcome in outcomes.values()]
    head = _HEAD.format(
        tfjs="4.22.0",
        **{name: routes.count(name) for name in ("layers", "graph", "neither")},
    )
    cases = sorted(CASES, key=lambda case: (case.layer, case.options))
    fates = [
        (*row(case, outcomes[case.id]), _exponent(outcomes[case.id].max_abs_diff))
        for case in cases
    ]
    return head + "".join(f"{_row(cells)}\n" for cells in merged(fates)) + standing()


def counted(text: str, page: str) -> str:
    """docs/embedding.md with the number of cases that are written:

    of `page`, that is docs/coverage.md.
    """
    written = sum(route != "neither" for _, _, route, _ in cases_of(page))
    return re.sub(
        r"\[\d+ cases\]\(coverage\.md\)", f"[{written} cases](coverage.md)", text
    )


def merged(
    fates: Iterable[tuple[str, str, str, str, int]],
) -> list[tuple[str, str, str, str, str]]:
    """The rows of docs/coverage.md:

    one for the options of a layer, and for the layers, that have the same fate.
    """
    options: dict[tuple[str, str, str], list[tuple[str, int]]] = {}
    for layer, option, route, classes, exponent in fates:
        options.setdefault(
            (layer, route, _renamed(classes, layer, "itself")), []
        ).append((option, exponent))
    layers: dict[tuple[str, str, str], list[tuple[str, int]]] = {}
    for (layer, route, how), found in options.items():
        names, exponents = zip(*found, strict=True)
        layers.setdefault(("; ".join(names), route, how), []).append(
            (layer, max(exponents))
        )
    rows = []
    for (listed, route, how), found in layers.items():
        names, exponents = zip(*found, strict=True)
        bound = (
            ""
            if route == "neither"
            else "0"
            if max(exponents) == EXACT
            else f"≤ 1e{max(exponents)}"
        )
        rows.append((", ".join(names), listed, route, how, bound))
    return rows


def standing() -> str:
    """Read the records about models that nobody here wrote:

    measuring them takes too long for every run.
    """
    day, versions, tests = recorded(keras_suite.RESULTS)
    other_day, others, models = recorded(packages.RESULTS)
    rows = [row_of("Keras' own layer tests", Counter(one.outcome for one in tests))]
    rows += [
        row_of(f"{name} {others[name]}", found)
        for name, found in counts(models).items()
    ]
    return _STANDING.format(day=day, other_day=other_day, **versions) + "".join(rows)


def render_refusals(
    outcomes: Mapping[str, Outcome], others: Iterable[tuple[str, str, str]]
) -> str:
    """The whole page of refusals."""
    found = (
        (refusal(case, outcomes[case.id]), route_of(outcomes[case.id]))
        for case in CASES
    )
    rows = [
        (*said, "a graph-model" if route == "graph" else "nothing")
        for said, route in found
        if said
    ]
    alike: dict[tuple[str, ...], list[str]] = {}
    for layer, options, *rest in sorted(rows):
        alike.setdefault((layer, *rest), []).append(options)
    return (
        _REFUSALS_HEAD
        + "".join(
            f"{_row((layer, '; '.join(options), *rest))}\n"
            for (layer, *rest), options in alike.items()
        )
        + _OTHERS_HEAD
        + "".join(f"{_row(row)}\n" for row in others)
    )


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _exponent(value: float) -> int:
    """The power of ten that the value does not exceed, from 1e-12 on; EXACT for 0."""
    exponent = -12 if value else EXACT
    while value > 10.0**exponent:
        exponent += 1
    return exponent


def table_of(page: str) -> list[tuple[str, ...]]:
    """The rows of a page without the measured column, and without what `standing` adds
    to it.
    """
    cases, _, _ = page.partition("\n## Models that nobody here wrote")
    lines = [line for line in cases.splitlines() if line.startswith("| ")][1:]
    return sorted(
        tuple(cell.replace("\\|", "|") for cell in line[2:-2].split(" | ")[:4])
        for line in lines
    )


def cases_of(page: str) -> list[tuple[str, ...]]:
    """The cases that the rows of a page list, each without the columns behind the
    fourth.
    """
    rows = [(row, layer) for row in table_of(page) for layer in row[0].split(", ")]
    named = [
        (layer, row, _renamed(row[3], "itself", layer))
        for row, layer in rows
        if len(row) == 4
    ]
    return sorted(
        (layer, option, row[2], last)
        for layer, row, last in named
        for option in row[1].split("; ")
    )


def _renamed(names: str, old: str, new: str) -> str:
    """A list of names in one text, with one of them replaced."""
    return ", ".join(new if name == old else name for name in names.split(", "))


def main() -> None:
    """Run all cases and write the pages."""
    with tempfile.TemporaryDirectory() as folder:
        outcomes = run(CASES, Path(folder))
        others = [
            said(one, Path(folder) / f"refused{number}")
            for number, one in enumerate(REFUSED)
        ]
    page, embedding = render(outcomes), EMBEDDING.read_text(encoding="utf-8")
    texts = {
        PAGE: page,
        REFUSALS: render_refusals(outcomes, others),
        EMBEDDING: counted(embedding, page),
    }
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
