"""The model card of a version in every language, `README.md` in English, rendered from its manifest alone.

The English one starts with front matter for Hugging Face; all continue with text for people. Sections for which the
manifest has no facts are omitted. What the manifest says in words stays as it is.
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
from pipeline.versions.card.language import ENGLISH, Language
from pipeline.versions.card.languages import OTHERS
from pipeline.versions.card.markdown import code_block, table, text
from pipeline.versions.card.usage import usage
from pipeline.versions.manifest import Manifest, Metrics, OutputSpec

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
    "drawings": "Of {images} others, by other hands, {accuracy} are read correctly, with a confidence of {mean} on "
    "average.",
    "test images": "Of {images} test images that it was not fitted on, {accuracy} are recognized, with a confidence of "
    "{mean} on average.",
}


def with_cards(manifest: Manifest) -> tuple[Manifest, dict[str, bytes]]:
    """The manifest with its cards listed, and their contents by file name."""
    cards = [(say, render_card(manifest, say).encode()) for say in (ENGLISH, *OTHERS)]
    listed = {
        say.code: FileDigest(path=say.path, bytes=len(card), sha256=hashlib.sha256(card).hexdigest())
        for say, card in cards
    }
    manifest = dataclasses.replace(manifest, card=listed.pop(ENGLISH.code), cards=listed)
    return manifest, {say.path: card for say, card in cards}


def render_card(manifest: Manifest, say: Language = ENGLISH) -> str:
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
    sections = [section(manifest, say) for section in (*facts, _license, _citation, _limitations)]
    # The Hub reads the front matter of README.md alone.
    start = front_matter(manifest) if say is ENGLISH else ""
    return "\n\n".join(filter(None, (start, *sections))) + "\n"


def _introduction(manifest: Manifest, say: Language) -> str:
    parts = [
        f"# {text(manifest.title or manifest.name)}",
        " · ".join(f"[{other.link}]({other.path})" for other in (ENGLISH, *OTHERS) if other is not say),
        f"{describe(manifest, text, say)}. {say('It runs in the browser, using the files next to this card.')}",
        say(
            "Model `{name}`, version `{version}`, created {created}.",
            name=manifest.name,
            version=manifest.version,
            created=manifest.created,
        ),
    ]
    image = manifest.files.get("weights_picture")
    if image:
        parts.append(
            f"![{say('The weights of each class as an image')}]({quote(image.path)})\n\n"
            f"{say('In class order, five per row.')} {say(WEIGHTS_MEANING)}"
        )
    return "\n\n".join(parts)


def _results(manifest: Manifest, say: Language) -> str:
    if not (metrics := manifest.metrics):
        return ""
    low, high = metrics.test_accuracy_interval
    found = say(
        "Test accuracy **{accuracy}** (95 % interval {low} to {high}) on {images} test images; loss {loss}.",
        accuracy=say.percent(metrics.test_accuracy),
        low=say.percent(low),
        high=say.percent(high),
        images=say.number(metrics.test_images),
        loss=say.figures(f"{metrics.test_loss:.4f}"),
    )
    rows = [
        (text(one.label), say.percent(one.precision), say.percent(one.recall), say.number(one.support))
        for one in metrics.per_class
    ]
    columns = say.all("class", "precision", "recall", "test images")
    return f"## {say('Results')}\n\n{found}\n\n{table(columns, rows)}"


def _confidence(manifest: Manifest, say: Language) -> str:
    if not (found := manifest.confidence):
        return ""
    rule = say(
        "Probabilities are those of Keras. How often such an answer is right is its confidence: the largest of the "
        "probabilities, each raised to the power of 1 / {temperature}, over their sum.",
        temperature=say.figures(f"{found.temperature:g}"),
    )
    if found.ceiling < 1:
        rule += " " + say(
            "It is at most {ceiling}: its surest answers are right no more often.",
            ceiling=say.percent(found.ceiling),
        )
    fitted = say(FITTED_ON[found.fitted_on], images=say.number(found.fitted))
    measured = say(
        MEASURED_ON[found.measured_on],
        images=say.number(found.measured),
        accuracy=say.percent(found.accuracy),
        mean=say.percent(found.mean),
    )
    error = say(
        "It is off by {points} percentage points on average (expected calibration error), the largest probability by "
        "{before}.",
        points=say.figures(f"{found.expected_calibration_error * 100:.1f}"),
        before=say.figures(f"{found.uncorrected_calibration_error * 100:.1f}"),
    )
    return f"## {say('Confidence')}\n\n{rule} {fitted} {measured} {error}"


def _gates(manifest: Manifest, say: Language) -> str:
    if not manifest.gates:
        return ""
    rows = [
        (text(gate.name), say.number(gate.value), say.number(gate.limit), _result(gate.passed, say), text(gate.detail))
        for gate in manifest.gates
    ]
    return f"## {say('Gates')}\n\n" + table(say.all("gate", "value", "limit", "result", "meaning"), rows)


def _formats(manifest: Manifest, say: Language) -> str:
    rows = [(f"`{fmt.path}`", say.number(fmt.bytes), text(fmt.dtype)) for fmt in manifest.formats]
    parts = [f"## {say('Files')}\n\n" + table(say.all("format", "bytes", "stored as"), rows)]
    others = [
        (f"`{file.path}`", say.number(file.bytes), say(FILE_MEANINGS[key]) if key in FILE_MEANINGS else text(key))
        for key, file in manifest.files.items()
    ]
    if others:
        parts.append(table(say.all("file", "bytes", "contents"), others))
    parts += _verification(manifest, say)
    checked = {check.format for check in _checks(manifest)}
    parts += [
        say("Not compared with Keras: `{format}`.", format=fmt.id) for fmt in manifest.formats if fmt.id not in checked
    ]
    parts += [
        say("Not written: `{format}`: {reason}", format=name, reason=text(reason))
        for name, reason in manifest.skipped_formats.items()
    ]
    return "\n\n".join(parts)


def _verification(manifest: Manifest, say: Language) -> list[str]:
    verification = manifest.verification
    if not verification or not verification.checks:
        return []
    compared = say(
        "Before publication, the model was run in JavaScript and compared with Keras (tfjs {tfjs}, node {node}):",
        tfjs=text(verification.tfjs),
        node=text(verification.node),
    )
    rows = [
        (
            f"`{check.format}`",
            text(check.runtime),
            say.number(check.samples),
            say.figures(f"{check.max_abs_diff:.1e}"),
            say.figures(f"{check.limit:.1e}"),
            say.percent(check.argmax_agreement),
            say.percent(check.test_accuracy),
            _result(check.passed, say),
        )
        for check in verification.checks
    ]
    columns = say.all("format", "engine", "samples", "largest difference", "limit", "agreement", "accuracy", "result")
    return [compared, table(columns, rows)]


def _preprocessing(manifest: Manifest, say: Language) -> str:
    if not manifest.preprocess:
        return ""
    drawing, image = manifest.preprocess.drawing, manifest.preprocess.image
    entries = [
        (say("For a drawing, before the steps below:") if image else say("For a drawing:"), drawing),
        (say("For an image from the data set:"), image),
    ]
    parts = []
    for source, steps in entries:
        lines = [f"{i}. {_step(step, say)}" for i, step in enumerate(steps, 1)]
        if lines:
            parts.append(f"{source}\n\n" + "\n".join(lines))
    return "\n\n".join([f"## {say('Preprocessing')}", *parts]) if parts else ""


def _training(manifest: Manifest, say: Language) -> str:
    if not (training := manifest.training):
        return ""
    facts = [
        (say("epochs"), say.number(training.epochs)),
        (say("batch size"), say.number(training.batch_size)),
        (say("seed"), say.number(training.seed)),
        (say("training images"), say.number(training.training_images)),
        (say("validation images"), say.number(training.validation_images)),
        (say("device"), text(training.device)),
        (say("strategy"), text(training.strategy)),
        (say("seconds"), say.number(training.seconds)),
    ]
    told = f"## {say('Training')}\n\n" + table(say.all("fact", "value"), facts)
    return "\n\n".join(filter(None, (told, _recipe(manifest, say))))


def _origin(manifest: Manifest, say: Language) -> str:
    if not (origin := manifest.origin):
        return ""
    taken = say(
        "The model was trained elsewhere and taken over from the file {file} (SHA-256 over its content: `{digest}`).",
        file=text(origin.file),
        digest=origin.digest,
    )
    softmax = say(" It returned logits, so a softmax was appended.") if origin.softmax_appended else ""
    told = f"## {say('Origin')}\n\n{taken}{softmax}{say(' How it was trained is not known here.')}"
    return "\n\n".join(filter(None, (told, _recipe(manifest, say))))


def _recipe(manifest: Manifest, say: Language) -> str:
    if not manifest.recipe:
        return ""
    recipe = json.dumps(manifest.recipe, indent=2, ensure_ascii=False)
    return f"{say('The resolved recipe:')}\n\n" + code_block("json", recipe)


def _provenance(manifest: Manifest, say: Language) -> str:
    facts: list[tuple[str, str]] = []
    if data := manifest.data:
        described = say(
            "{name} ({train} train, {test} test images), from {source}",
            name=text(data.name),
            train=say.number(data.train_images),
            test=say.number(data.test_images),
            source=text(data.source),
        )
        if data.drawn_images:
            described += say("; a program drew {drawn} of the training images", drawn=say.number(data.drawn_images))
        facts += [(say("data"), described), (say("data SHA-256"), f"`{data.digest}`")]
    facts += [(f"{text(package)}", text(version)) for package, version in manifest.environment.items()]
    if manifest.git_commit:
        facts.append((say("commit"), f"`{manifest.git_commit}`"))
    return f"## {say('Provenance')}\n\n" + table(say.all("fact", "value"), facts) if facts else ""


def _license(manifest: Manifest, say: Language) -> str:
    """What may be done with the model and its data, where the manifest says anything about it."""
    data = describe_data(manifest, text, say)
    model = say("The model is licensed under {license}.", license=text(manifest.license)) if manifest.license else ""
    heading = f"## {say('License')}"
    return "\n\n".join(filter(None, (heading, model, data and f"{data}."))) if model or data else ""


def _citation(manifest: Manifest, say: Language) -> str:
    return f"## {say('How to cite')}\n\n" + code_block("bibtex", bibtex(manifest))


def _limitations(manifest: Manifest, say: Language) -> str:
    metrics = manifest.metrics
    points = _measured_limits(metrics, say) if metrics else [say("Its accuracy was not measured at export.")]
    points += [
        say(
            "`{format}` disagrees with Keras on {share} of {images} images ({engine}).",
            format=check.format,
            share=say.percent(1 - check.argmax_agreement),
            images=say.number(check.samples),
            engine=text(check.runtime),
        )
        for check in _checks(manifest)
        if check.argmax_agreement < 1
    ]
    if manifest.labels and isinstance(manifest.output, OutputSpec) and manifest.output.kind == "probabilities":
        classes = str(len(manifest.labels))
        points.append(
            say("It knows {classes} classes and assigns everything, even a scribble, to one of them.", classes=classes)
        )
    points += [text(warning) for warning in (manifest.data.warnings if manifest.data else ())]
    points += [say("The gate “{gate}” failed.", gate=text(gate.name)) for gate in manifest.gates if not gate.passed]
    return f"## {say('Limitations')}\n\n" + "\n".join(f"- {point}" for point in points)


def _measured_limits(metrics: Metrics, say: Language) -> list[str]:
    wrong = round(metrics.test_images * (1 - metrics.test_accuracy))
    worst = min(metrics.per_class, key=lambda c: c.recall)
    least = min(metrics.per_class, key=lambda c: 1 if c.precision is None else c.precision)
    return [
        say(
            "It misclassified {wrong} of the {images} test images.",
            wrong=say.number(wrong),
            images=say.number(metrics.test_images),
        ),
        say(
            "The class it misses most often is {label}: it recognizes {share} of its {images} test images.",
            label=text(worst.label),
            share=say.percent(worst.recall),
            images=say.number(worst.support),
        ),
        say(
            "Its least reliable answer is {label}: {share} of the test images that get this answer belong to the "
            "class.",
            label=text(least.label),
            share=say.percent(least.precision),
        ),
        say(
            "Its probabilities are off by {points} percentage points on average (expected calibration error).",
            points=say.figures(f"{metrics.expected_calibration_error * 100:.1f}"),
        ),
        say("These numbers apply to images like the test images; it was not measured on other images."),
    ]


def _checks(manifest: Manifest) -> tuple[FormatCheck, ...]:
    return manifest.verification.checks if manifest.verification else ()


def _result(passed: bool, say: Language) -> str:
    return say("passed") if passed else f"**{say('failed')}**"


def _step(step: dict[str, Any], say: Language) -> str:
    parameters = [f"{key} = {json.dumps(value)}" for key, value in step.items() if key != "step"]
    meaning = f": {say(STEP_MEANINGS[step['step']])}" if step["step"] in STEP_MEANINGS else ""
    listed = f" ({', '.join(parameters)})" if parameters else ""
    return f"`{step['step']}`{listed}{meaning}"
