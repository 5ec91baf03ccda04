"""The model card of a version, `README.md`, rendered from its manifest alone.

It starts with front matter for Hugging Face, and continues with text for people. Sections for which the manifest has no
facts are omitted.
"""

import dataclasses
import hashlib
import json
from typing import Any
from urllib.parse import quote

from pipeline.records import FileDigest, FormatCheck
from pipeline.versions.card.citation import bibtex
from pipeline.versions.card.descriptions import FILE_MEANINGS, WEIGHTS_MEANING, describe, describe_data
from pipeline.versions.card.front_matter import front_matter
from pipeline.versions.card.markdown import code_block, number, percent, table, text
from pipeline.versions.card.usage import usage
from pipeline.versions.manifest import CARD_NAME, Manifest, Metrics, OutputSpec

# What each preprocessing step does; its parameters come from the manifest.
STEP_MEANINGS = {
    "ink": "convert the drawing to ink between 0 and 1, whatever the colors of pen and paper",
    "grey": "take the brightness of each pixel, composited over `background`: 0 for black, 1 for white",
    "rgb": "take the red, green and blue of each pixel, composited over `background`, in 0 to 1",
    "fit": "crop to the ink and scale the longer side to `box` pixels",
    "stroke": "redraw the strokes with a pen `width` wide, as a fraction of the longer side; bolder strokes are "
    "thinned by the fraction `thinning` of the difference",
    "center": "move the center of mass to the center of the image",
    "cover": "crop the largest centered part with the ratio of `height` and `width`, and average it to that size",
    "contain": "average the whole image to fit, centered, in `height` and `width`, with `background` around it",
    "stretch": "average the whole image to `height` and `width`, ignoring its aspect ratio",
    "invert": "replace each value x by 1 − x",
    "deskew": "shear the image upright, based on its second moments",
    "align": "shear the image upright and stretch it, by at most `limit`, so that its ink has the same spread in "
    "`height` and `width` (standard deviations, as fractions of the sides)",
    "scale": "multiply every pixel by `factor`",
    "normalize": "subtract `mean` from every pixel and divide by `deviation`, each one number or one per channel",
    "bgr": "reorder the channels to blue, green, red",
    "flatten": "concatenate the rows",
    "channel": "append a channel axis of size 1",
}

# What the temperature was fitted on, and its confidence measured on, as the manifest has it.
FITTED_ON = {
    "drawings": "The temperature was fitted on {images} digits that a program drew.",
    "validation images": "The temperature was fitted on {images} validation images.",
    "test images": "The temperature was fitted on {images} of the test images.",
}
MEASURED_ON = {
    "drawings": "Of {images} others, from other templates, {accuracy} are read correctly, with a confidence of {mean} "
    "on average.",
    "test images": "Of {images} test images that it was not fitted on, {accuracy} are recognized, with a confidence of "
    "{mean} on average.",
}


def with_card(manifest: Manifest) -> tuple[Manifest, bytes]:
    """The manifest with its card listed, and the card's content."""
    content = render_card(manifest).encode()
    listed = FileDigest(path=CARD_NAME, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    return dataclasses.replace(manifest, card=listed), content


def render_card(manifest: Manifest) -> str:
    """The card as Markdown text, from a manifest of `pipeline build`, or the smaller one of `pipeline export`."""
    facts = (
        _introduction,
        _results,
        _confidence,
        _gates,
        _formats,
        _preprocessing,
        usage,
        _training,
        _origin,
        _provenance,
    )
    sections = [section(manifest) for section in (*facts, _license, _citation, _limitations)]
    return "\n\n".join(filter(None, (front_matter(manifest), *sections))) + "\n"


def _introduction(manifest: Manifest) -> str:
    parts = [
        f"# {text(manifest.title or manifest.name)}",
        f"{describe(manifest)}. It runs in the browser, using the files next to this card.",
        f"Model `{manifest.name}`, version `{manifest.version}`, created {manifest.created}.",
    ]
    image = manifest.files.get("weights_picture")
    if image:
        parts.append(
            f"![The weights of each class as an image]({quote(image.path)})\n\n"
            f"In class order, five per row. {WEIGHTS_MEANING}"
        )
    return "\n\n".join(parts)


def _results(manifest: Manifest) -> str:
    if not (metrics := manifest.metrics):
        return ""
    low, high = metrics.test_accuracy_interval
    found = (
        f"Test accuracy **{percent(metrics.test_accuracy)}** (95 % interval {percent(low)} to {percent(high)}) "
        f"on {number(metrics.test_images)} test images; loss {metrics.test_loss:.4f}."
    )
    rows = [
        (text(one.label), percent(one.precision), percent(one.recall), number(one.support)) for one in metrics.per_class
    ]
    columns = ("class", "precision", "recall", "test images")
    return f"## Results\n\n{found}\n\n{table(columns, rows)}"


def _confidence(manifest: Manifest) -> str:
    if not (found := manifest.confidence):
        return ""
    rule = (
        "Probabilities are those of Keras. How often such an answer is right is its confidence: the largest "
        f"of the probabilities, each raised to the power of 1 / {found.temperature:g}, over their sum."
    )
    if found.ceiling < 1:
        rule += f" It is at most {percent(found.ceiling)}: its surest answers are right no more often."
    fitted = FITTED_ON[found.fitted_on].format(images=number(found.fitted))
    measured = MEASURED_ON[found.measured_on].format(
        images=number(found.measured), accuracy=percent(found.accuracy), mean=percent(found.mean)
    )
    error = (
        f"It is off by {found.expected_calibration_error * 100:.1f} percentage points on average (expected "
        f"calibration error), the largest probability by {found.uncorrected_calibration_error * 100:.1f}."
    )
    return f"## Confidence\n\n{rule} {fitted} {measured} {error}"


def _gates(manifest: Manifest) -> str:
    if not manifest.gates:
        return ""
    rows = [
        (text(gate.name), number(gate.value), number(gate.limit), _result(gate.passed), text(gate.detail))
        for gate in manifest.gates
    ]
    return "## Gates\n\n" + table(("gate", "value", "limit", "result", "meaning"), rows)


def _formats(manifest: Manifest) -> str:
    rows = [(f"`{fmt.path}`", number(fmt.bytes), text(fmt.dtype)) for fmt in manifest.formats]
    parts = ["## Files\n\n" + table(("format", "bytes", "stored as"), rows)]
    others = [
        (f"`{file.path}`", number(file.bytes), FILE_MEANINGS.get(key, text(key)))
        for key, file in manifest.files.items()
    ]
    if others:
        parts.append(table(("file", "bytes", "contents"), others))
    parts += _verification(manifest)
    checked = {check.format for check in _checks(manifest)}
    parts += [f"Not compared with Keras: `{fmt.id}`." for fmt in manifest.formats if fmt.id not in checked]
    parts += [f"Not written: `{name}`: {text(reason)}" for name, reason in manifest.skipped_formats.items()]
    return "\n\n".join(parts)


def _verification(manifest: Manifest) -> list[str]:
    verification = manifest.verification
    if not verification or not verification.checks:
        return []
    compared = (
        "Before publication, the model was run in JavaScript and compared with Keras (tfjs "
        f"{text(verification.tfjs)}, node {text(verification.node)}):"
    )
    rows = [
        (
            f"`{check.format}`",
            text(check.runtime),
            number(check.samples),
            f"{check.max_abs_diff:.1e}",
            f"{check.limit:.1e}",
            percent(check.argmax_agreement),
            percent(check.test_accuracy),
            _result(check.passed),
        )
        for check in verification.checks
    ]
    columns = ("format", "engine", "samples", "largest difference", "limit", "agreement", "accuracy", "result")
    return [compared, table(columns, rows)]


def _preprocessing(manifest: Manifest) -> str:
    if not manifest.preprocess:
        return ""
    drawing, image = manifest.preprocess.drawing, manifest.preprocess.image
    entries = [
        ("For a drawing, before the steps below:" if image else "For a drawing:", drawing),
        ("For an image from the data set:", image),
    ]
    parts = []
    for source, steps in entries:
        lines = [f"{i}. {_step(step)}" for i, step in enumerate(steps, 1)]
        if lines:
            parts.append(f"{source}\n\n" + "\n".join(lines))
    return "\n\n".join(["## Preprocessing", *parts]) if parts else ""


def _training(manifest: Manifest) -> str:
    if not (training := manifest.training):
        return ""
    facts = [
        ("epochs", number(training.epochs)),
        ("batch size", number(training.batch_size)),
        ("seed", number(training.seed)),
        ("training images", number(training.training_images)),
        ("validation images", number(training.validation_images)),
        ("device", text(training.device)),
        ("strategy", text(training.strategy)),
        ("seconds", number(training.seconds)),
    ]
    told = "## Training\n\n" + table(("fact", "value"), facts)
    return "\n\n".join(filter(None, (told, _recipe(manifest))))


def _origin(manifest: Manifest) -> str:
    if not (origin := manifest.origin):
        return ""
    taken = (
        f"The model was trained elsewhere and taken over from the file {text(origin.file)} (SHA-256 over its "
        f"content: `{origin.digest}`)."
    )
    softmax = " It returned logits, so a softmax was appended." if origin.softmax_appended else ""
    told = f"## Origin\n\n{taken}{softmax} How it was trained is not known here."
    return "\n\n".join(filter(None, (told, _recipe(manifest))))


def _recipe(manifest: Manifest) -> str:
    if not manifest.recipe:
        return ""
    recipe = json.dumps(manifest.recipe, indent=2, ensure_ascii=False)
    return "The resolved recipe:\n\n" + code_block("json", recipe)


def _provenance(manifest: Manifest) -> str:
    facts: list[tuple[str, str]] = []
    if data := manifest.data:
        described = (
            f"{text(data.name)} ({number(data.train_images)} train, {number(data.test_images)} test images), from "
            f"{text(data.source)}"
        )
        if data.drawn_images:
            described += f"; a program drew {number(data.drawn_images)} of the training images"
        facts += [("data", described), ("data SHA-256", f"`{data.digest}`")]
    facts += [(f"{text(package)}", text(version)) for package, version in manifest.environment.items()]
    if manifest.git_commit:
        facts.append(("commit", f"`{manifest.git_commit}`"))
    return "## Provenance\n\n" + table(("fact", "value"), facts) if facts else ""


def _license(manifest: Manifest) -> str:
    """What may be done with the model and its data, where the manifest says anything about it."""
    data = describe_data(manifest)
    model = f"The model is licensed under {text(manifest.license)}." if manifest.license else ""
    heading = "## License"
    return "\n\n".join(filter(None, (heading, model, data and f"{data}."))) if model or data else ""


def _citation(manifest: Manifest) -> str:
    return "## How to cite\n\n" + code_block("bibtex", bibtex(manifest))


def _limitations(manifest: Manifest) -> str:
    metrics = manifest.metrics
    points = _measured_limits(metrics) if metrics else ["Its accuracy was not measured at export."]
    points += [
        (
            f"`{check.format}` disagrees with Keras on {percent(1 - check.argmax_agreement)} of "
            f"{number(check.samples)} images ({text(check.runtime)})."
        )
        for check in _checks(manifest)
        if check.argmax_agreement < 1
    ]
    if manifest.labels and isinstance(manifest.output, OutputSpec) and manifest.output.kind == "probabilities":
        classes = str(len(manifest.labels))
        points.append(f"It knows {classes} classes and assigns everything, even a scribble, to one of them.")
    points += [text(warning) for warning in (manifest.data.warnings if manifest.data else ())]
    points += [f"The gate “{text(gate.name)}” failed." for gate in manifest.gates if not gate.passed]
    if "evaluation" in manifest.files and "reference_images" not in manifest.files:
        points.append("The owner of this model publishes no pictures of its data.")
    return "## Limitations\n\n" + "\n".join(f"- {point}" for point in points)


def _measured_limits(metrics: Metrics) -> list[str]:
    wrong = round(metrics.test_images * (1 - metrics.test_accuracy))
    worst = min(metrics.per_class, key=lambda c: c.recall)
    least = min(metrics.per_class, key=lambda c: 1 if c.precision is None else c.precision)
    return [
        f"It misclassified {number(wrong)} of the {number(metrics.test_images)} test images.",
        (
            f"The class it misses most often is {text(worst.label)}: it recognizes {percent(worst.recall)} of its "
            f"{number(worst.support)} test images."
        ),
        (
            f"Its least reliable answer is {text(least.label)}: {percent(least.precision)} of the test images that "
            "get this answer belong to the class."
        ),
        (
            f"Its probabilities are off by {metrics.expected_calibration_error * 100:.1f} percentage points on "
            "average (expected calibration error)."
        ),
        "These numbers apply to images like the test images; it was not measured on other images.",
    ]


def _checks(manifest: Manifest) -> tuple[FormatCheck, ...]:
    return manifest.verification.checks if manifest.verification else ()


def _result(passed: bool) -> str:
    return "passed" if passed else "**failed**"


def _step(step: dict[str, Any]) -> str:
    parameters = [f"{key} = {json.dumps(value)}" for key, value in step.items() if key != "step"]
    meaning = f": {STEP_MEANINGS[step['step']]}" if step["step"] in STEP_MEANINGS else ""
    listed = f" ({', '.join(parameters)})" if parameters else ""
    return f"`{step['step']}`{listed}{meaning}"
