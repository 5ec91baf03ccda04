"""Check that a manifest's verdict (metrics, gates, verification) was given on the files
of its version.

Nothing but the version's folder is needed: the weights of the float32 layers-model are
stored in Keras' order, so the SHA-256 of its shards, one after the other, is the digest
of the weights that were trained and measured.
"""

import hashlib
import re
from pathlib import Path

from pipeline.records import ACCURACY_GATE, RECALL_GATE
from pipeline.system.json_records import from_json
from pipeline.system.outside import read_json
from pipeline.versions.manifest import Manifest, Metrics

EXACT_FORMAT = "layers-float32"


def contradictions(folder: Path, manifest: Manifest) -> list[str]:
    """Describe what in a manifest was not said of the files in the folder, which match
    their digests; empty if all was.

    A manifest without training or metrics, as `pipeline export` writes it, says nothing
    that could be wrong.
    """
    problems = []
    trained = manifest.weights_digest
    # For models with arbitrary layers, rules may write the weights in another order, or
    # combined.
    exported = stored_weights_digest(folder, manifest) if manifest.training else None
    if trained and exported and trained != exported:
        problems.append(
            f"{EXACT_FORMAT} holds the weights {exported[:12]}…, but {trained[:12]}…"
            " were trained"
        )
    metrics = manifest.metrics
    if metrics is None:
        return problems
    if metrics.weights_digest != trained:
        problems.append("its metrics are of other weights than those that were trained")
    if metrics != _evaluated(folder, manifest, metrics):
        problems.append("its metrics are not those in evaluation.json")
    judged = {
        ACCURACY_GATE: metrics.test_accuracy,
        RECALL_GATE: min(each.recall for each in metrics.per_class),
    }
    problems += [
        f"the gate {gate.name!r} did not pass these metrics"
        for gate in manifest.gates
        if gate.value != judged.get(gate.name, gate.value) or gate.passed is False
    ]
    for check in manifest.verification.checks if manifest.verification else ():
        whole = (
            check.format.endswith("float32") and check.samples == metrics.test_images
        )
        if not check.passed or (whole and check.test_accuracy != metrics.test_accuracy):
            problems.append(
                f"the check of {check.format} in {check.runtime} did not confirm these"
                " metrics"
            )
    return problems


def stored_weights_digest(folder: Path, manifest: Manifest) -> str | None:
    """SHA-256 of the weights in the float32 layers-model,
    `TrainedModel.weights_digest`; None if there is none.
    """
    shards = [
        (int(found[1]), folder / file.path)
        for fmt in manifest.formats
        if fmt.id == EXACT_FORMAT
        for file in fmt.files
        if (found := re.search(r"shard(\d+)of\d+\.bin$", file.path))
    ]
    if not shards:
        return None
    digest = hashlib.sha256()
    for _, path in sorted(shards):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _evaluated(folder: Path, manifest: Manifest, metrics: Metrics) -> Metrics | None:
    """The metrics in evaluation.json; None if they cannot be read there."""
    if "evaluation" not in manifest.files:
        return metrics
    try:
        return from_json(
            Metrics,
            read_json(folder / manifest.files["evaluation"].path),
            ignore_unknown=True,
        )
    except ValueError:
        return None
