"""The model card: `README.md` of a version, rendered from its manifest alone.

It starts with front matter for Hugging Face and continues with text for people. Sections for which the manifest has no
facts are omitted.
"""

import json
from typing import Any
from urllib.parse import quote

from pipeline.records import FormatCheck
from pipeline.versions.card.citation import bibtex
from pipeline.versions.card.descriptions import FILE_MEANINGS, WEIGHTS_MEANING, describe, describe_data
from pipeline.versions.card.front_matter import front_matter
from pipeline.versions.card.markdown import code_block, number, percent, table, text
from pipeline.versions.manifest import InputSpec, Manifest, Metrics, OutputSpec

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


def render_card(manifest: Manifest) -> str:
    """The card as Markdown text, from a manifest of `pipeline build`, or the smaller one of `pipeline export`."""
    facts = (
        front_matter,
        _introduction,
        _results,
        _gates,
        _formats,
        _preprocessing,
        _usage,
        _training,
        _origin,
        _provenance,
    )
    sections = [section(manifest) for section in (*facts, _license, _citation, _limitations)]
    return "\n\n".join(filter(None, sections)) + "\n"


def _introduction(manifest: Manifest) -> str:
    parts = [
        f"# {text(manifest.title or manifest.name)}",
        f"{describe(manifest, text)}. It runs in the browser, using the files next to this card.",
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
    rows = [(text(c.label), percent(c.precision), percent(c.recall), f"{c.support:,}") for c in metrics.per_class]
    return (
        f"## Results\n\nTest accuracy **{percent(metrics.test_accuracy)}** (95 % interval {percent(low)} to "
        f"{percent(high)}) on {metrics.test_images:,} test images; loss {metrics.test_loss:.4f}.\n\n"
        + table(("class", "precision", "recall", "test images"), rows)
    )


def _gates(manifest: Manifest) -> str:
    if not manifest.gates:
        return ""
    rows = [
        (
            text(gate.name),
            number(gate.value),
            number(gate.limit),
            "passed" if gate.passed else "**failed**",
            text(gate.detail),
        )
        for gate in manifest.gates
    ]
    return "## Gates\n\n" + table(("gate", "value", "limit", "result", "meaning"), rows)


def _formats(manifest: Manifest) -> str:
    verification = manifest.verification
    rows = [(f"`{fmt.path}`", f"{fmt.bytes:,}", text(fmt.dtype)) for fmt in manifest.formats]
    parts = ["## Files\n\n" + table(("format", "bytes", "stored as"), rows)]
    others = [
        (f"`{file.path}`", f"{file.bytes:,}", FILE_MEANINGS.get(key, text(key))) for key, file in manifest.files.items()
    ]
    if others:
        parts.append(table(("file", "bytes", "contents"), others))
    if verification and verification.checks:
        parts.append(
            "Before publication, the model was run in JavaScript and compared with Keras "
            f"(tfjs {text(verification.tfjs)}, node {text(verification.node)}):"
        )
        checks = [
            (
                f"`{check.format}`",
                text(check.runtime),
                f"{check.samples:,}",
                f"{check.max_abs_diff:.1e}",
                f"{check.limit:.1e}",
                f"{check.argmax_agreement * 100:.2f} %",
                percent(check.test_accuracy),
                "passed" if check.passed else "**failed**",
            )
            for check in verification.checks
        ]
        columns = ("format", "engine", "samples", "largest difference", "limit", "agreement", "accuracy", "result")
        parts.append(table(columns, checks))
    checked = {check.format for check in _checks(manifest)}
    parts += [f"Not compared with Keras: `{fmt.id}`." for fmt in manifest.formats if fmt.id not in checked]
    parts += [f"Not written: `{name}`: {text(reason)}" for name, reason in manifest.skipped_formats.items()]
    return "\n\n".join(parts)


def _preprocessing(manifest: Manifest) -> str:
    if not manifest.preprocess:
        return ""
    entries = [("a drawing", manifest.preprocess.drawing), ("an image from the data set", manifest.preprocess.image)]
    parts = []
    for source, steps in entries:
        lines = [f"{i}. {_step(step)}" for i, step in enumerate(steps, 1)]
        if lines:
            then = ", before the steps below" if source == "a drawing" and entries[1][1] else ""
            parts.append(f"For {source}{then}:\n\n" + "\n".join(lines))
    return "\n\n".join(["## Preprocessing", *parts]) if parts else ""


def _usage(manifest: Manifest) -> str:
    layers = [fmt for fmt in manifest.formats if fmt.route == "layers"]
    graphs = [fmt for fmt in manifest.formats if fmt.route == "graph"]
    parts = ["## How to use it"]
    if layers and manifest.labels and manifest.preprocess:
        parts.append(
            "On a page of the published site (paths are relative to that page); images are preprocessed as above:\n\n"
            + code_block(
                "js",
                'import { load } from "./embed.js";',
                f'const model = await load("models/{manifest.name}/latest.json");',
                f'// or, to pin this version: load("models/{manifest.name}/{manifest.version}/manifest.json")',
                'const { label, probabilities } = await model.predict(document.querySelector("canvas"));',
            )
        )
    shape = None
    if isinstance(manifest.input, InputSpec) and manifest.input.shape:
        shape = f'{json.dumps([1, *manifest.input.shape])}, "{manifest.input.dtype}"'
    for entries, kind, loader in ((layers, "layers", "loadLayersModel"), (graphs, "graph", "loadGraphModel")):
        if entries:
            lines = [
                'import * as tf from "@tensorflow/tfjs";',
                f'const model = await tf.{loader}("{entries[0].path}");',
            ]
            if shape:
                lines += [
                    "// `input` holds the preprocessed values, row by row",
                    f"const scores = model.predict(tf.tensor(input, {shape}));",
                ]
            parts.append(f"With stock TensorFlow.js, the {kind}-model in this folder:\n\n" + code_block("js", *lines))
    if keras_file := manifest.files.get("keras"):
        lines = ["import keras", f'model = keras.saving.load_model("{keras_file.path}")']
        if "keras_config" in manifest.files:
            lines.append('# or this folder; on the Hub: keras.saving.load_model("hf://USER/REPOSITORY")')
        parts.append("In Python:\n\n" + code_block("python", *lines))
    return "\n\n".join(parts)


def _training(manifest: Manifest) -> str:
    if not manifest.training:
        return ""
    keys = ("epochs", "batch_size", "seed", "training_images", "validation_images", "device", "strategy", "seconds")
    facts = [(key.replace("_", " "), number(getattr(manifest.training, key))) for key in keys]
    return "\n\n".join(filter(None, ("## Training\n\n" + table(("fact", "value"), facts), _recipe(manifest))))


def _origin(manifest: Manifest) -> str:
    if not (origin := manifest.origin):
        return ""
    softmax = " It returned logits, so a softmax was appended." if origin.softmax_appended else ""
    told = (
        f"## Origin\n\nThe model was trained elsewhere and taken over from the file {text(origin.file)} (SHA-256 over "
        f"its content: `{origin.digest}`).{softmax} How it was trained is not known here."
    )
    return "\n\n".join(filter(None, (told, _recipe(manifest))))


def _recipe(manifest: Manifest) -> str:
    if not manifest.recipe:
        return ""
    recipe = json.dumps(manifest.recipe, indent=2, ensure_ascii=False)
    return "The resolved recipe:\n\n" + code_block("json", recipe)


def _provenance(manifest: Manifest) -> str:
    facts: list[tuple[str, str]] = []
    if data := manifest.data:
        sizes = f"{data.train_images:,} train, {data.test_images:,} test images"
        facts.append(("data", f"{text(data.name)} ({sizes}), from {text(data.source)}"))
        facts.append(("data SHA-256", f"`{data.digest}`"))
    facts += [(f"{text(package)}", text(version)) for package, version in manifest.environment.items()]
    if manifest.git_commit:
        facts.append(("commit", f"`{manifest.git_commit}`"))
    return "## Provenance\n\n" + table(("fact", "value"), facts) if facts else ""


def _license(manifest: Manifest) -> str:
    """What may be done with the model and its data, where the manifest says anything about it."""
    data = describe_data(manifest, text)
    model = f"The model is licensed under {text(manifest.license)}." if manifest.license else ""
    return "\n\n".join(filter(None, ("## License", model, data and f"{data}."))) if model or data else ""


def _citation(manifest: Manifest) -> str:
    return "## How to cite\n\n" + code_block("bibtex", bibtex(manifest))


def _limitations(manifest: Manifest) -> str:
    points = _measured_limits(manifest.metrics) if manifest.metrics else ["Its accuracy was not measured at export."]
    points += [
        f"`{check.format}` disagrees with Keras on {(1 - check.argmax_agreement) * 100:.2f} % of "
        f"{check.samples:,} images ({text(check.runtime)})."
        for check in _checks(manifest)
        if check.argmax_agreement < 1
    ]
    if manifest.labels and isinstance(manifest.output, OutputSpec) and manifest.output.kind == "probabilities":
        points.append(
            f"It knows {len(manifest.labels)} classes and assigns everything, even a scribble, to one of them."
        )
    points += [text(warning) for warning in (manifest.data.warnings if manifest.data else ())]
    points += [f"The gate “{text(gate.name)}” failed." for gate in manifest.gates if not gate.passed]
    return "## Limitations\n\n" + "\n".join(f"- {point}" for point in points)


def _measured_limits(metrics: Metrics) -> list[str]:
    wrong = round(metrics.test_images * (1 - metrics.test_accuracy))
    worst = min(metrics.per_class, key=lambda c: c.recall)
    least = min(metrics.per_class, key=lambda c: 1 if c.precision is None else c.precision)
    return [
        f"It misclassified {wrong:,} of the {metrics.test_images:,} test images.",
        f"The class it misses most often is {text(worst.label)}: it recognizes {percent(worst.recall)} of its "
        f"{worst.support:,} test images.",
        f"Its least reliable answer is {text(least.label)}: {percent(least.precision)} of the test images that get "
        "this answer belong to the class.",
        f"Its probabilities are off by {metrics.expected_calibration_error * 100:.1f} percentage points on average "
        "(expected calibration error).",
        "These numbers apply to images like the test images; it was not measured on other images.",
    ]


def _checks(manifest: Manifest) -> tuple[FormatCheck, ...]:
    return manifest.verification.checks if manifest.verification else ()


def _step(step: dict[str, Any]) -> str:
    parameters = [f"{key} = {json.dumps(value)}" for key, value in step.items() if key != "step"]
    meaning = STEP_MEANINGS.get(step["step"])
    listed = f" ({', '.join(parameters)})" if parameters else ""
    return f"`{step['step']}`{listed}{f': {meaning}' if meaning else ''}"
