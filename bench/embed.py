"""A published model embedded in a page: our runtime and others', in one Chromium, with
cold caches.

Measures the site in `site/`, or the one that SITE names. Every contender is a page that
loads the same model and classifies one digit; they take turns, several times, while no
core falls asleep. Bytes are counted on the wire, headers included, for runtime and
model, without the page itself and its script. From a canvas of 280 × 280 pixels,
whoever has no preparation of its own runs ours, which gives the pixels that the model
was trained on. The server sends a site's compressed copies, and compresses the rivals'
files with Brotli at its highest quality. The answers to the site's reference digits
must equal Keras's.

The first run installs the rivals and the driver from `web/bench`.
"""

import gzip
import json
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.harness import (
    TOOLS,
    cores_awake,
    drive,
    find_site,
    install_tools,
    median,
    print_table,
    save_results,
)
from bench.rivals.onnx import small_cnn, softmax_regression
from bench.rivals.tflite import tensorflow_lite
from pipeline.preprocessing.apply import prepare_images
from pipeline.system.tensorflow import start_tensorflow

ROUNDS = 15
LINEAR, CNN = "mnist-softmax", "mnist-cnn"
LOAD, PINNED, ELEMENT = (
    "load.js",
    "load.js, of one version",
    "embed.js with its element",
)
# its weights alone are 51 kB
PROMISES: dict[
    str, dict[str, float]
] = {  # at most, with the weights of the default format
    LINEAR: {"bytes": 30_000, "first_ms": 40, "each_ms": 0.05},
    CNN: {
        "bytes": 75_000,
        "first_ms": 70,
        "each_ms": 1,
    },
}
# The policy of a page that allows scripts of its own host, but not WebAssembly.
WITHOUT_WASM = "script-src 'self'"
# URL paths: our files, the rivals' packages, and the models converted for them
SERVED = (
    "/site/",
    "/npm/",
    "/files/",
)
PACKAGES = (
    "@tensorflow/tfjs",
    "@tensorflow/tfjs-backend-wasm",
    "onnxruntime-web",
    "@litertjs/core",
)
EMBED = '<script type="module" src="/site/embed.js"></script>'
TFJS = '<script src="/npm/@tensorflow/tfjs/dist/tf.min.js"></script>'
TFJS_WASM = (
    "<script"
    ' src="/npm/@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.min.js"></script>'
)
Contender = dict[str, Any]


def read_version(site: Path, name: str) -> tuple[Path, dict[str, Any]] | None:
    """The live version's folder and manifest; None if the site has no such model."""
    pointer = site / "models" / name / "latest.json"
    if not pointer.exists():
        return None
    folder = pointer.parent / json.loads(pointer.read_text())["version"]
    return folder, json.loads((folder / "manifest.json").read_text())


def default_dtype(manifest: dict[str, Any]) -> str:
    """Return the dtype of the weights that the snippets load."""
    return str(manifest["default_format"].removeprefix("layers-"))


def reference_digits(
    folder: Path, manifest: dict[str, Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """The model's inputs, and Keras's probabilities."""
    reference = json.loads((folder / "reference.json").read_text())
    pixels = np.frombuffer(
        gzip.decompress((folder / "reference.bin").read_bytes()), np.uint8
    )
    images = pixels.reshape(-1, reference["height"], reference["width"])
    inputs = prepare_images(images, manifest["preprocess"]["image"])
    return inputs, np.array([image["probabilities"] for image in reference["images"]])


def ours(manifest: dict[str, Any], dtype: str) -> list[Contender]:
    model = f"/site/models/{manifest['name']}"
    address, pinned = (
        f"{model}/latest.json",
        f"{model}/{manifest['version']}/manifest.json",
    )
    # needs no `format`, as in the snippets
    is_default = manifest["default_format"] == f"layers-{dtype}"
    wanted = {} if is_default else {"format": f"layers-{dtype}"}
    attribute = "".join(f' {name}="{value}"' for name, value in wanted.items())
    element = f'<sketch-classifier src="{address}"{attribute}></sketch-classifier>'
    query = {"address": address, **wanted}
    return [
        {"title": LOAD, "dtype": dtype, "module": "load.js", "query": query},
        {
            "title": PINNED,
            "dtype": dtype,
            "module": "load.js",
            "query": {**query, "address": pinned},
        },
        {
            "title": ELEMENT,
            "dtype": dtype,
            "module": "element.js",
            "query": query,
            "head": EMBED,
            "body": element,
        },
    ]


def stock_tfjs(manifest: dict[str, Any], dtype: str) -> list[Contender]:
    model = f"/site/models/{manifest['name']}/{manifest['version']}/layers-{dtype}/model.json"
    shape = ",".join(str(size) for size in manifest["input"]["shape"])
    return [
        {
            "title": f"TensorFlow.js, {backend}",
            "dtype": dtype,
            "module": "tfjs.js",
            "query": {"model": model, "backend": backend, "shape": shape},
            "head": TFJS + (TFJS_WASM if backend == "wasm" else ""),
        }
        for backend in ("cpu", "wasm", "webgl")
    ]


def linear_contenders(
    folder: Path, manifest: dict[str, Any], files: Path
) -> list[Contender]:
    import keras

    model = keras.saving.load_model(folder / "model.keras")
    onnx = softmax_regression(*model.get_weights())
    size = model.input_shape[1:]
    return [
        *(
            contender
            for dtype in ("uint16", "float32")
            for contender in ours(manifest, dtype) + stock_tfjs(manifest, dtype)
        ),
        *other_runtimes(files, onnx, size, tensorflow_lite(model), size),
    ]


def cnn_contenders(
    site: Path, folder: Path, manifest: dict[str, Any], files: Path
) -> list[Contender]:
    import keras

    model = keras.saving.load_model(folder / "model.keras")
    height, width, _ = size = model.input_shape[1:]
    default = default_dtype(manifest)
    return [
        *ours(manifest, default),
        {
            **ours(manifest, default)[0],
            "title": f"{LOAD}, where WebAssembly is forbidden",
            "policy": WITHOUT_WASM,
        },
        *(ours(manifest, "uint16") if default != "uint16" else ()),
        our_webgl(site, folder, default),
        *stock_tfjs(manifest, default),
        *other_runtimes(
            files, small_cnn(model), (1, height, width), tensorflow_lite(model), size
        ),
    ]


def other_runtimes(
    files: Path,
    onnx: bytes,
    onnx_size: tuple[int, ...],
    lite: bytes,
    lite_size: tuple[int, ...],
) -> list[Contender]:
    """Those that need the model in a format of their own; the sizes are those of one
    example.
    """
    found = []
    for title, name, content, size in (
        ("onnxruntime-web, wasm", "onnx", onnx, onnx_size),
        ("LiteRT.js, wasm", "tflite", lite, lite_size),
    ):
        (files / f"model.{name}").write_bytes(content)
        query = {"model": f"/files/model.{name}", "shape": ",".join(map(str, size))}
        module = "onnx.js" if name == "onnx" else "litert.js"
        found.append(
            {"title": title, "dtype": "float32", "module": module, "query": query}
        )
    return found


def preparation(site: Path, folder: Path) -> dict[str, str]:
    """Where pages find the code that makes a canvas the model's input, and its
    parameters.
    """
    code = f"/site/assets/{part((site / 'load.js').read_text(), 'ink')}"
    return {
        "preparation": code,
        "manifest": f"/site/{(folder / 'manifest.json').relative_to(site).as_posix()}",
    }


def part(text: str, name: str) -> str:
    """The file of a part of the embed, as a module names it."""
    found = re.search(rf"\b{name}-[\w-]{{8}}\.js", text)
    if not found:
        raise SystemExit(
            f"The site must contain {name}-*.js. Received: none in its load.js. Run"
            " `pipeline build`."
        )
    return found[0]


def our_webgl(site: Path, folder: Path, dtype: str) -> Contender:
    """The parts that load() fetches when the CPU is too slow, used from the start."""

    engine = (
        site / "assets" / part((site / "load.js").read_text(), "engine-tfjs")
    ).read_text()
    parts = {
        name: f"/site/assets/{part(engine, f'tfjs-{name}')}"
        for name in ("layers", "webgl")
    }
    model = json.loads((folder / f"layers-{dtype}" / "model.json").read_text())
    path = f"/site/{(folder / f'layers-{dtype}').relative_to(site).as_posix()}/"
    query = {
        **parts,
        "folder": path,
        "weights": model["weightsManifest"][0]["paths"][0],
    }
    return {
        "title": "our parts of TensorFlow.js, webgl",
        "dtype": dtype,
        "module": "parts.js",
        "query": query,
    }


def measure(
    site: Path,
    files: Path,
    inputs: NDArray[Any],
    contenders: list[Contender],
    common: dict[str, str],
) -> dict[str, Any]:
    """Visit the contenders' pages; web/bench/embed/visit.mjs documents the result.

    `common` goes into their queries.
    """
    (files / "inputs.bin").write_bytes(inputs.astype("<f4").tobytes())
    mounts = dict(
        zip(SERVED, (str(site), str(TOOLS / "node_modules"), str(files)), strict=True)
    )
    job = {"rounds": ROUNDS, "mounts": mounts, "inputs": "/files/inputs.bin"}
    shared = {**common, "size": inputs[0].size}
    empty, *others = contenders
    pages = [
        empty,
        *(
            {**contender, "query": {**contender["query"], **shared}}
            for contender in others
        ),
    ]
    answer: dict[str, Any] = drive("embed/visit.mjs", {**job, "contenders": pages})
    return answer


def judge(
    measured: dict[str, Any],
    contenders: list[Contender],
    manifest: dict[str, Any],
    expected: NDArray[Any],
) -> None:
    """Add to each result:

    title, weights, time beyond the empty page, and the largest difference from Keras.
    """
    limits = {
        check["format"]: check["limit"] for check in manifest["verification"]["checks"]
    }
    for result in measured["contenders"]:
        fetched = [
            request
            for request in result.get("requests", ())
            if request["path"].startswith(SERVED)
        ]
        result |= {
            "requests": fetched,
            "bytes": sum(request["bytes"] for request in fetched),
        }
    empty, *results = measured["contenders"]
    for result, contender in zip(results, contenders, strict=True):
        result |= {"title": contender["title"], "dtype": contender["dtype"]}
        if "error" in result:
            continue
        # Round by round: whatever slows down a visit is likely to slow down that
        # round's empty page too.
        result["after_empty_ms"] = [
            ms - base
            for ms, base in zip(result["first_ms"], empty["first_ms"], strict=True)
        ]
        apart = float(np.abs(np.array(result.pop("probabilities")) - expected).max())
        result["from_keras"] = apart
        if not apart <= limits[f"layers-{result['dtype']}"]:
            raise SystemExit(
                f"{result['title']} must give Keras's probabilities. Received: a"
                f" difference of {apart:.1e}."
            )


def print_contenders(title: str, measured: dict[str, Any]) -> None:
    empty, *results = measured["contenders"]
    rows = [
        [
            "an empty module page",
            "",
            f"{empty['bytes']:,}",
            str(len(empty["requests"])),
            *[""] * 4,
        ]
    ]
    failures = []
    for result in results:
        cells = [result["title"], result["dtype"]]
        if "error" in result:
            rows.append([*cells, "failed, see below", *[""] * 5])
            failures.append(
                f"{result['title']} failed: {result['error'].splitlines()[0]}"
            )
            continue
        cells += [
            f"{result['bytes']:,}",
            str(len(result["requests"])),
            spread(result["after_empty_ms"], ".0f"),
        ]
        apart = f"{result['from_keras']:.0e}"
        rows.append(
            [
                *cells,
                spread(result["each_ms"], ".4f"),
                spread(result["drawing_ms"], ".2f"),
                apart,
            ]
        )
    first = "first prediction, ms after the empty page"
    columns = (
        "bytes on the wire",
        "files",
        first,
        "one more, ms",
        "from a canvas, ms",
        "from Keras",
    )
    print_table([title, "weights", *columns], rows)
    print("\n".join(failures))
    print(
        f"The empty page takes {spread(empty['first_ms'], '.0f')} ms. WebGL runs on"
        f" {measured['gl']}.\n"
    )


def print_promises(name: str, measured: dict[str, Any], dtype: str) -> None:
    rows = []
    for result in measured["contenders"]:
        if (
            result.get("title") not in (LOAD, PINNED, ELEMENT)
            or result["dtype"] != dtype
        ):
            continue
        received = {
            "bytes": result["bytes"],
            "first_ms": median(result["after_empty_ms"]),
            "each_ms": median(result["each_ms"]),
        }
        for key, limit in PROMISES[name].items():
            value = f"{received[key]:,}" if key == "bytes" else f"{received[key]:.3g}"
            verdict = "kept" if received[key] <= limit else "MISSED"
            rows.append([result["title"], key, value, f"{limit:,}", verdict])
    print_table(
        [
            f"{name}, {dtype} weights, beyond the empty page",
            "",
            "measured",
            "promised at most",
            "",
        ],
        rows,
    )


def spread(values: list[float], form: str) -> str:
    return f"{median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def main() -> None:
    site = find_site()
    install_tools()
    start_tensorflow("cpu")
    results: dict[str, Any] = {}
    for name in (LINEAR, CNN):
        found = read_version(site, name)
        if found is None:
            print(
                f"{name} is not measured: it is not in {site}. `pipeline build --recipe"
                f" {name.split('-')[1]}` adds it."
            )
            continue
        folder, manifest = found
        inputs, expected = reference_digits(folder, manifest)
        with tempfile.TemporaryDirectory() as scratch:
            files = Path(scratch)
            if name == LINEAR:
                contenders = linear_contenders(folder, manifest, files)
            else:
                contenders = cnn_contenders(site, folder, manifest, files)
            empty = {"module": "empty.js", "query": {}}
            pages = [
                {**page, "id": f"page-{i}"}
                for i, page in enumerate([empty, *contenders])
            ]
            with cores_awake():
                results[name] = measure(
                    site, files, inputs, pages, preparation(site, folder)
                )
        judge(results[name], contenders, manifest, expected)
        print_contenders(f"{name} {manifest['version']}", results[name])
        print_promises(name, results[name], default_dtype(manifest))
    versions = {
        package: json.loads(
            (TOOLS / "node_modules" / package / "package.json").read_text()
        )["version"]
        for package in PACKAGES
    }
    print(
        "Rivals:"
        f" {', '.join(f'{package} {version}' for package, version in versions.items())}."
    )
    save_results("embed", {"rivals": versions})


if __name__ == "__main__":
    main()
