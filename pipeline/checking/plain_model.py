"""Compare a TensorFlow.js model without a manifest, whoever exported it, with the Keras model that it was made from."""

import json
import math
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.checking.findings import Report
from pipeline.checking.matching import Match, add_answers, best_match
from pipeline.checking.places import Place, Problem, read_json
from pipeline.checking.topology import Topology, read_topology, with_layer_outputs
from pipeline.errors import ConfigError
from pipeline.system.javascript import JsCase, JsResult, run_cases
from pipeline.system.progress import Progress
from pipeline.tfjs.keras_model import as_functional
from pipeline.tfjs.parity.divergence import first_wrong_layer, layers_to_compare
from pipeline.tfjs.parity.proof import choose_backend
from pipeline.tfjs.parity.random_inputs import SAMPLES, random_inputs
from pipeline.tfjs.parity.reference import BATCH, Inputs

MODEL_NAME = "model.json"


def check_plain_model(place: Place, folder: str, report: Report, keras_model: Any, progress: Progress) -> None:
    """Run the model.json in a folder of `place` on random inputs in stock TensorFlow.js, and add what was found.

    A layers- or graph-model, by any converter. Inputs and outputs belong to those of Keras by name where the names are
    the same, otherwise by shape, otherwise in the order in which the answers are right.
    """
    subject = folder or MODEL_NAME
    where = place.describe(f"{folder}/{MODEL_NAME}".lstrip("/"))
    try:
        document = read_json(place, f"{folder}/{MODEL_NAME}".lstrip("/"))
        topology = read_topology(document)
        local, size = _fetch_weights(place, folder, document)
    except Problem as problem:
        report.add(subject, "files", "", [(where, str(problem))])
        return
    report.add(subject, "files", f"{MODEL_NAME} and {size:,} bytes of weights; no digests are recorded")
    progress(f"running {where} in TensorFlow.js")
    with tempfile.TemporaryDirectory(prefix="pipeline-check-") as work, as_functional(keras_model) as model:
        if len(topology.inputs) != len(model.inputs):
            takes = f"has {len(topology.inputs)} inputs, but the Keras model {len(model.inputs)}"
            report.add(subject, "model", "", [(where, takes)])
            return
        sets = random_inputs(model, samples=topology.batch or SAMPLES)
        match = best_match(topology, model, sets, partial(_run, topology, local, work=Path(work), model=model))
        blamed = match.checks and match.wrong and not topology.rounding
        layer = _first_layer(topology, local, model, match, sets, Path(work)) if blamed else None
        facts = {"subject": subject, "kind": f"{topology.route}-model", "runtime": "TensorFlow.js"}
        add_answers(report, where, model, topology, match, layer=layer, **facts)


def load_required(target: str, model: Path | None) -> Path:
    """The Keras file that such a model is compared with; ConfigError without one."""
    if model is None:
        raise ConfigError(
            f"A model without a manifest records no answers to check. Received: {target}. Pass the Keras model "
            "that it was made from: --model FILE."
        )
    return model


def _fetch_weights(place: Place, folder: str, document: Any) -> tuple[Path, int]:
    """The local folder with model.json and all weights, and their bytes. Problem if one is missing or too short."""
    total, room = 0, _weight_bytes(document)
    for group in document["weightsManifest"]:
        for path in group["paths"]:
            total += place.fetch(f"{folder}/{path}".lstrip("/"), max(room, 1)).stat().st_size
    if total != room:
        raise Problem(f"lists weights of {room:,} bytes, but its files have {total:,}")
    return place.fetch(f"{folder}/{MODEL_NAME}".lstrip("/")).parent, total


def _weight_bytes(document: Any) -> int:
    try:
        return sum(
            math.prod(weight["shape"]) * np.dtype((weight.get("quantization") or weight)["dtype"]).itemsize
            for group in document["weightsManifest"]
            for weight in group["weights"]
        )
    except (LookupError, TypeError, ValueError) as error:
        raise Problem(f"has a weightsManifest that cannot be read ({error!r:.80})") from error


def _run(
    topology: Topology, local: Path, sets: Sequence[tuple[Sequence[str], Inputs]], *, model: Any, work: Path
) -> list[JsResult]:
    cases = [_case(topology, local / MODEL_NAME, *one, case=str(i)) for i, one in enumerate(sets)]
    return list(run_cases(cases, work, backend=choose_backend(model)).results)


def _case(topology: Topology, path: Path, names: Sequence[str], inputs: Inputs, case: str) -> JsCase:
    named = dict(zip(names, inputs.values(), strict=True))
    return JsCase(id=case, route=topology.route, model=path, inputs=named, batch=topology.batch or BATCH)


def _first_layer(
    topology: Topology, local: Path, model: Any, match: Match, sets: Sequence[Inputs], work: Path
) -> str | None:
    """The first layer of Keras whose output no value of its name in TensorFlow.js equals; None if names do not tell."""
    probe = layers_to_compare(model, sets)
    extended = probe and with_layer_outputs(topology, [name for name, _ in probe[1]])
    if not probe or not extended:
        return None
    document, values = extended
    one = {name: array[: topology.batch or 1] for name, array in sets[0].items()}
    path = _beside_weights(document, local, work / "probe")
    result = run_cases([_case(topology, path, match.inputs, one, "probe")], work / "probe-run")["probe"]
    if result.error is not None:
        return None
    received = [
        (values[int(name) if topology.route == "graph" else i], array) for i, (name, array) in enumerate(result.outputs)
    ]
    return first_wrong_layer(model, probe, one, received)


def _beside_weights(document: Any, local: Path, folder: Path) -> Path:
    """Write another model.json for the weights in the folder `local`, into a new folder."""
    for group in document["weightsManifest"]:
        for shard in group["paths"]:
            (folder / shard).parent.mkdir(parents=True, exist_ok=True)
            (folder / shard).symlink_to((local / shard).resolve())
    folder.mkdir(exist_ok=True)
    path = folder / MODEL_NAME
    path.write_text(json.dumps(document), encoding="utf-8")
    return path
