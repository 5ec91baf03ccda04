"""The model card: `README.md` of a version, rendered from its manifest and from nothing else.

It starts with the front matter that Hugging Face reads and goes on for people. What the manifest does not say, the card
does not say: sections without facts are left out.
"""

import json
from typing import Any
from urllib.parse import quote

from pipeline.versions.card.citation import bibtex
from pipeline.versions.card.descriptions import FILE_MEANINGS, WEIGHTS_MEANING, describe
from pipeline.versions.card.front_matter import front_matter
from pipeline.versions.card.markdown import code_block, number, percent, table, text
from pipeline.versions.manifest import Manifest

# What each preprocessing step does, for readers; its parameters come from the manifest.
STEP_MEANINGS = {
    "ink": "turn the drawing into ink between 0 and 1, whatever the colours of pen and paper",
    "grey": "take the brightness of each pixel, laid over `background`: 0 for black, 1 for white",
    "rgb": "take the colours of each pixel, laid over `background`: red, green and blue in 0 to 1",
    "fit": "crop to the ink and scale the longer side to `box` pixels",
    "stroke": "redraw the strokes with a pen `width` wide, as a part of the longer side; bolder ones are thinned by "
    "the part `thinning` of the difference",
    "center": "put the centre of mass in the middle of the picture",
    "cover": "cut the largest part out of the middle that has the sides' ratio, and average it to `height` and `width`",
    "contain": "average all of it to the middle of `height` and `width`, with `background` beside it",
    "stretch": "average all of it to `height` and `width`, whatever its sides' ratio was",
    "deskew": "shear the picture upright by its second moments",
    "align": "shear the picture upright and stretch it, by at most `limit`, so that its ink spreads over the same "
    "`height` and `width` (standard deviations, as parts of the sides)",
    "scale": "multiply every pixel by `factor`",
    "normalize": "take `mean` off every pixel and divide by `deviation`, each for all channels or one for each",
    "bgr": "put the channels in the order blue, green, red",
    "flatten": "lay the rows end to end",
    "channel": "append an axis of one channel",
}


def render_card(manifest: Manifest) -> str:
    """The card as Markdown text.

    Args:
        manifest: as `load_manifest` returns it; that of a bare `pipeline export` is enough.
    """
    sections = [
        front_matter(manifest),
        _introduction(manifest),
        _results(manifest),
        _gates(manifest),
        _formats(manifest),
        _preprocessing(manifest),
        _usage(manifest),
        _training(manifest),
        _provenance(manifest),
        _citation(manifest),
        _limitations(manifest),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _introduction(manifest: Manifest) -> str:
    parts = [
        f"# {text(manifest['name'])}",
        f"{describe(manifest, text)}. It runs in the browser, with the files beside this card.",
        f"Version `{manifest['version']}`, made {manifest['created']}.",
    ]
    picture = (manifest.get("files") or {}).get("weights_picture")
    if picture:
        parts.append(
            f"![The weights of each class as a picture]({quote(picture['path'])})\n\n"
            f"In the order of the classes, five to a row. {WEIGHTS_MEANING}"
        )
    return "\n\n".join(parts)


def _results(manifest: Manifest) -> str:
    metrics = manifest.get("metrics")
    if not metrics:
        return ""
    lines = [f"## Results\n\nTest accuracy **{percent(metrics['test_accuracy'])}**"]
    if metrics.get("test_accuracy_interval"):
        low, high = metrics["test_accuracy_interval"]
        lines[0] += f" (95 % interval {percent(low)} to {percent(high)})"
    if metrics.get("test_images"):
        lines[0] += f" on {metrics['test_images']:,} test images"
    lines[0] += f"; loss {metrics['test_loss']:.4f}." if metrics.get("test_loss") is not None else "."
    if metrics.get("per_class"):
        rows = [
            (text(c["label"]), percent(c["precision"]), percent(c["recall"]), f"{c['support']:,}")
            for c in metrics["per_class"]
        ]
        lines.append(table(("class", "precision", "recall", "test images"), rows))
    return "\n\n".join(lines)


def _gates(manifest: Manifest) -> str:
    if not manifest.get("gates"):
        return ""
    rows = [
        (
            text(gate["name"]),
            number(gate.get("value")),
            number(gate.get("limit")),
            "passed" if gate["passed"] else "**failed**",
            text(gate.get("detail") or ""),
        )
        for gate in manifest["gates"]
    ]
    return "## Gates\n\n" + table(("gate", "value", "limit", "result", "what it means"), rows)


def _formats(manifest: Manifest) -> str:
    verification = manifest.get("verification") or {"checks": []}
    rows = [(f"`{entry['path']}`", f"{entry['bytes']:,}", text(entry["dtype"])) for entry in manifest["formats"]]
    parts = ["## Files\n\n" + table(("format", "bytes", "stored as"), rows)]
    others = [
        (f"`{file['path']}`", f"{file['bytes']:,}", FILE_MEANINGS.get(key, text(key)))
        for key, file in (manifest.get("files") or {}).items()
    ]
    if others:
        parts.append(table(("file", "bytes", "what it holds"), others))
    if verification["checks"]:
        engines = [f"{name} {verification[name]}" for name in ("tfjs", "node") if verification.get(name)]
        ran = "Run in JavaScript and compared with Keras, before it was published"
        parts.append(f"{ran} ({', '.join(map(text, engines))}):" if engines else f"{ran}:")
        checks = [
            (
                f"`{check['format']}`",
                text(check["runtime"]),
                f"{check['samples']:,}",
                f"{check['max_abs_diff']:.1e}",
                f"{check['limit']:.1e}",
                f"{check['argmax_agreement'] * 100:.2f} %",
                percent(check.get("test_accuracy")),
                "passed" if check["passed"] else "**failed**",
            )
            for check in verification["checks"]
        ]
        columns = ("format", "engine", "samples", "largest difference", "limit", "same answer", "accuracy", "result")
        parts.append(table(columns, checks))
    checked = {check["format"] for check in verification["checks"]}
    parts += [f"Not compared with Keras: `{f['id']}`." for f in manifest["formats"] if f["id"] not in checked]
    skipped = manifest.get("skipped_formats") or {}
    parts += [f"Not written: `{name}`: {text(reason)}" for name, reason in skipped.items()]
    return "\n\n".join(parts)


def _preprocessing(manifest: Manifest) -> str:
    preprocess = manifest.get("preprocess") or {}
    entries = [
        ("a drawing", preprocess.get("drawing") or []),
        ("an image of the data set", preprocess.get("image") or []),
    ]
    parts = []
    for what, steps in entries:
        lines = [f"{i}. {_step(step)}" for i, step in enumerate(steps, 1)]
        if lines:
            then = ", before the steps below" if what == "a drawing" and entries[1][1] else ""
            parts.append(f"For {what}{then}:\n\n" + "\n".join(lines))
    return "\n\n".join(["## Preprocessing", *parts]) if parts else ""


def _usage(manifest: Manifest) -> str:
    name, version = manifest["name"], manifest["version"]
    layers = [entry for entry in manifest["formats"] if entry["route"] == "layers"]
    graphs = [entry for entry in manifest["formats"] if entry["route"] == "graph"]
    parts = ["## How to use it"]
    if layers and manifest.get("labels") and manifest.get("preprocess"):
        parts.append(
            "On a page of the published site (paths are relative to it); the picture is prepared as above:\n\n"
            + code_block(
                "js",
                'import { load } from "./embed.js";',
                f'const model = await load("models/{name}/latest.json");',
                f'// or always this version: load("models/{name}/{version}/manifest.json")',
                'const { label, probabilities } = await model.predict(document.querySelector("canvas"));',
            )
        )
    tensor = manifest.get("input")
    shape = None
    if isinstance(tensor, dict) and tensor.get("shape"):
        shape = f'{json.dumps([1, *tensor["shape"]])}, "{tensor["dtype"]}"'
    for entries, kind, loader in ((layers, "layers", "loadLayersModel"), (graphs, "graph", "loadGraphModel")):
        if entries:
            lines = [
                'import * as tf from "@tensorflow/tfjs";',
                f'const model = await tf.{loader}("{entries[0]["path"]}");',
            ]
            if shape:
                lines += [
                    "// `input` holds the prepared values, row by row",
                    f"const scores = model.predict(tf.tensor(input, {shape}));",
                ]
            parts.append(f"With stock TensorFlow.js, the {kind}-model of this folder:\n\n" + code_block("js", *lines))
    keras_file = (manifest.get("files") or {}).get("keras")
    if keras_file:
        parts.append(
            "In Python:\n\n"
            + code_block("python", "import keras", f'model = keras.saving.load_model("{keras_file["path"]}")')
        )
    return "\n\n".join(parts)


def _training(manifest: Manifest) -> str:
    training = manifest.get("training")
    if not training:
        return ""
    keys = ("epochs", "batch_size", "seed", "training_images", "validation_images", "device", "strategy", "seconds")
    facts = [(key.replace("_", " "), number(training[key])) for key in keys if training.get(key) is not None]
    parts = ["## Training\n\n" + table(("fact", "value"), facts)]
    if manifest.get("recipe"):
        recipe = json.dumps(manifest["recipe"], indent=2, ensure_ascii=False)
        parts.append("The resolved recipe:\n\n" + code_block("json", recipe))
    return "\n\n".join(parts)


def _provenance(manifest: Manifest) -> str:
    facts: list[tuple[str, str]] = []
    data = manifest.get("data")
    if data:
        sizes = [
            f"{data[key]:,} {key.removesuffix('_images')}" for key in ("train_images", "test_images") if key in data
        ]
        facts.append(
            ("data", f"{text(data['name'])} ({', '.join(sizes)} images), from {text(data.get('source', '?'))}")
        )
        if data.get("digest"):
            facts.append(("data SHA-256", f"`{data['digest']}`"))
    facts += [(f"{text(package)}", text(version)) for package, version in (manifest.get("environment") or {}).items()]
    if manifest.get("git_commit"):
        facts.append(("commit", f"`{manifest['git_commit']}`"))
    return "## Provenance\n\n" + table(("fact", "value"), facts) if facts else ""


def _citation(manifest: Manifest) -> str:
    return "## How to cite\n\n" + code_block("bibtex", bibtex(manifest))


def _limitations(manifest: Manifest) -> str:
    metrics, labels = manifest.get("metrics"), manifest.get("labels") or []
    points = []
    if metrics:
        images, accuracy = metrics.get("test_images"), metrics["test_accuracy"]
        if images:
            points.append(f"It answered {round(images * (1 - accuracy)):,} of the {images:,} test images wrongly.")
        classes = metrics.get("per_class") or []
        if classes:
            worst = min(classes, key=lambda c: c["recall"])
            points.append(
                f"The class it misses most is {text(worst['label'])}: it finds {percent(worst['recall'])} of its "
                f"{worst['support']:,} test images."
            )
        certain = [c for c in classes if c["precision"] is not None]
        if certain:
            least = min(certain, key=lambda c: c["precision"])
            points.append(
                f"The answer to trust least is {text(least['label'])}: {percent(least['precision'])} of the test "
                "images so called are one."
            )
        if metrics.get("expected_calibration_error") is not None:
            error = metrics["expected_calibration_error"] * 100
            points.append(
                f"Its stated probability is off by {error:.1f} percentage points on average (expected calibration "
                "error)."
            )
        points.append("These numbers hold for images like the test images; on other pictures it was not measured.")
    else:
        points.append("Its accuracy was not measured when it was exported.")
    points += [
        f"`{check['format']}` gives another answer than Keras for {(1 - check['argmax_agreement']) * 100:.2f} % of "
        f"{check['samples']:,} images ({text(check['runtime'])})."
        for check in (manifest.get("verification") or {"checks": []})["checks"]
        if check["argmax_agreement"] < 1
    ]
    if labels and (manifest.get("output") or {}).get("kind") == "probabilities":
        points.append(f"It knows {len(labels)} classes and gives everything, even a scribble, to one of them.")
    points += [text(warning) for warning in (manifest.get("data") or {}).get("warnings") or []]
    points += [f"The gate “{text(g['name'])}” failed." for g in manifest.get("gates") or [] if not g["passed"]]
    return "## Limitations\n\n" + "\n".join(f"- {point}" for point in points)


def _step(step: dict[str, Any]) -> str:
    parameters = [f"{key} = {json.dumps(value)}" for key, value in step.items() if key != "step"]
    meaning = STEP_MEANINGS.get(step["step"])
    return (
        f"`{step['step']}`"
        + (f" ({', '.join(parameters)})" if parameters else "")
        + (f": {meaning}" if meaning else "")
    )
