"""The converter against models that nobody here wrote:

what became of each, counted by kind, and kept with its date.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np

from pipeline import export_model
from pipeline.errors import ConfigError, PipelineError
from pipeline.system.javascript import JsCase, run_cases
from pipeline.tfjs.keras_model import input_names, output_names, reason_of
from pipeline.tfjs.parity.compare import ROUNDING_FACTOR, OutputCheck, compare
from pipeline.tfjs.parity.random_inputs import random_inputs
from pipeline.tfjs.parity.reference import Reference, reference
from pipeline.tfjs.weights import Array
from tests.tfjs_cases.harness import in_order

# "not judged": Keras itself makes no model of it or takes none of the inputs, these are
# sparse or ragged, or Keras' own answer changes as much when the weights are rounded;
# "crash": anything but an export or a refusal; "wrong": it differs on other inputs than
# those of the export's own proof
Outcome = Literal["layers", "graph", "refused", "not judged", "crash", "wrong"]
# of the page: there must be none of the others
COLUMNS = (
    "layers",
    "graph",
    "refused",
    "not judged",
)
OTHER_SEED = 20  # the export's own proof draws with seed 0


@dataclass(frozen=True)
class Result:
    """Outcome of one model."""

    kind: str  # the layer's class, or the package
    name: str
    outcome: Outcome
    reason: str = ""


@dataclass
class Judge:
    """Exports models one after the other, and runs what was written in one Node.js
    process, on inputs of its own.
    """

    folder: Path
    results: list[Result] = field(default_factory=list)
    _jobs: list[tuple[int, JsCase, Reference, list[str]]] = field(default_factory=list)

    def export(self, kind: str, name: str, model: Any, samples: Any = None) -> None:
        """Export a model by `--format auto`; `samples` are used where they fit and
        random inputs do not.
        """
        number = len(self.results)
        self.results.append(Result(kind, name, "crash"))  # until there is an answer
        try:
            report = _exported(model, self.folder / str(number), samples)
            self._prepare(number, model, report, samples)
            self.results[number] = Result(kind, name, report.format)
        except PipelineError as error:
            reason = _cause(str(error))
            outcome: Outcome = (
                "not judged" if "Keras must be able to run" in reason else "refused"
            )
            self.results[number] = Result(kind, name, outcome, reason)
        except Exception as error:
            self.results[number] = Result(
                kind, name, "crash", f"{type(error).__name__}: {reason_of(error)}"
            )

    def _prepare(self, number: int, model: Any, report: Any, samples: Any) -> None:
        """Other inputs, all rows and the first alone, with what Keras computes from
        them.
        """
        try:
            drawn = random_inputs(model, seed=OTHER_SEED)
        except PipelineError:
            drawn = [dict(zip(input_names(model), samples, strict=True))]
        fed = fed_names(report, input_names(model))
        for inputs in [*drawn, {name: values[:1] for name, values in drawn[0].items()}]:
            named = {fed[name]: values for name, values in inputs.items()}
            job = JsCase(
                id=str(len(self._jobs)),
                model=report.model,
                inputs=named,
                route=report.format,
            )
            self._jobs.append(
                (number, job, reference(model, inputs), output_names(model))
            )

    def finish(self) -> list[Result]:
        """Run what was exported, and say what became of each model."""
        ran = (
            run_cases(
                [job for _, job, _, _ in self._jobs], self.folder / "node"
            ).results
            if self._jobs
            else []
        )
        for (number, job, expected, names), result in zip(self._jobs, ran, strict=True):
            failed = (
                [] if result.error else _failed(job, expected, names, result.outputs)
            )
            differs = "; ".join(
                f"output '{one.name}' differs by {one.max_abs_diff:.2g}"
                for one in failed
            )
            if found := result.error or differs:
                old = self.results[number]
                if (
                    old.outcome != "wrong"
                    and failed
                    and _unsettled(failed, expected, names)
                ):
                    self.results[number] = Result(
                        old.kind,
                        old.name,
                        "not judged",
                        f"{found}, as Keras' own answer may",
                    )
                else:
                    self.results[number] = Result(old.kind, old.name, "wrong", found)
        self._jobs.clear()
        return self.results


def _exported(model: Any, out: Path, samples: Any) -> Any:
    try:
        return export_model(model, out)
    except PipelineError:
        if samples is None:
            raise
        try:
            return export_model(model, out, samples=samples)
        except ConfigError:
            pass  # they do not fit
        raise


def fed_names(report: Any, names: list[str]) -> Mapping[str, str]:
    """The name under which TensorFlow.js takes each input."""
    if report.format == "graph":
        return {name: name for name in names}
    config = json.loads(report.model.read_text())["modelTopology"]["model_config"][
        "config"
    ]
    listed = (
        config["input_layers"]
        if "input_layers" in config
        else [[config["layers"][0]["config"]["name"]]]
    )
    return dict(zip(names, (one[0] for one in listed), strict=True))


def _failed(
    job: JsCase, expected: Reference, names: list[str], outputs: Any
) -> list[OutputCheck]:
    answers = in_order(job.route, names, outputs)
    checks = [
        compare(name, e, v)
        for name, e, v in zip(names, expected.answers, answers, strict=True)
    ]
    return [one for one in checks if not one.passed]


def _unsettled(
    failed: list[OutputCheck], expected: Reference, names: list[str]
) -> bool:
    """True if Keras' answers, with weights that are rounded in another way, are as far
    from one another.
    """
    rounding = dict(zip(names, expected.rounding, strict=True))
    return all(
        one.max_abs_diff <= ROUNDING_FACTOR * rounding[one.name] for one in failed
    )


def _cause(message: str) -> str:
    """Return the words that decide:

    the graph's if both routes refuse; without the next step.
    """
    _, _, graph = message.partition("\n  As a graph: ")
    return (
        (graph or message)
        .partition("Next step:")[0]
        .strip()
        .splitlines()[0]
        .rstrip(". ")
    )


def record(path: Path, results: Iterable[Result], versions: Mapping[str, str]) -> None:
    """Keep the results, and the day."""
    ordered = sorted((asdict(one) for one in results), key=lambda one: [*one.values()])
    lines = ",\n".join(f"    {json.dumps(one, ensure_ascii=False)}" for one in ordered)
    head = json.dumps(
        {"date": f"{datetime.now(UTC):%Y-%m-%d}", "versions": dict(versions)}
    )[1:-1]
    path.write_text(f'{{{head}, "results": [\n{lines}\n]}}\n', encoding="utf-8")


def recorded(path: Path) -> tuple[str, dict[str, str], list[Result]]:
    """The day, the versions and the results that were kept."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    return kept["date"], kept["versions"], [Result(**one) for one in kept["results"]]


def counts(results: Iterable[Result]) -> dict[str, Counter[str]]:
    """How many of each kind had which outcome."""
    found: dict[str, Counter[str]] = {}
    for one in results:
        found.setdefault(one.kind, Counter())[one.outcome] += 1
    return found


def row(name: str, found: Counter[str]) -> str:
    """A row of the page: how many had each outcome."""
    return f"| {name} | {' | '.join(str(found[outcome]) for outcome in COLUMNS)} |\n"


def numeric(values: Iterable[Any]) -> list[Array] | None:
    """The arrays, where all are of numbers."""
    arrays = [np.asarray(one) for one in values]
    return arrays if all(one.dtype.kind in "fiub" for one in arrays) else None
