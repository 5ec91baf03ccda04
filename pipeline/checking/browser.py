"""Run a model in a runtime for pages, in headless Chromium: `pipeline check --in`."""

import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.system.javascript import JsCase, JsResult, run_cases
from pipeline.tfjs.parity.compare import OutputCheck

# By runtime: the end of its files, and its backends with the npm package that each
# needs, the default first.
RUNTIMES: dict[str, tuple[str, dict[str, str]]] = {
    "tfjs": (
        ".json",
        {
            "wasm": "",
            "cpu": "",
            "webgl": "",
            "webgpu": "@tensorflow/tfjs-backend-webgpu",
        },
    ),
    "litert.js": (".tflite", dict.fromkeys(("wasm", "webgpu"), "@litertjs/core")),
    "onnxruntime-web": (".onnx", dict.fromkeys(("wasm", "webgpu"), "onnxruntime-web")),
}
_PROGRAMS = (
    *(
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
        "chrome",
    ),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_CLONE = Path(__file__).parents[2] / "web"  # whose packages include the runtimes


@dataclass(frozen=True, kw_only=True)
class Ran:
    """One run in a browser, and how far it is from Keras."""

    runtime: str  # with its version
    browser: str
    backend: str  # that computed
    device: str | None  # behind WebGPU or WebGL
    software: bool  # whether that is no GPU
    samples: int
    latency_ms: float | None  # of one sample, or of as many as the file takes at a time
    seconds: float  # that the browser took in all
    outputs: tuple[OutputCheck, ...] = ()  # on each set of inputs

    def __str__(self) -> str:
        """Where it ran, for people."""
        device = (
            f"{self.backend}"
            f" ({'a software adapter, no GPU: ' * self.software}{self.device})"
        )
        return (
            f"{self.runtime} on {device if self.device else self.backend},"
            f" {self.browser}"
        )


@dataclass(frozen=True, kw_only=True)
class Browser:
    """A runtime and backend whose parts are all here."""

    runtime: str
    backend: str
    chromium: str
    modules: str | None  # folder in which npm has installed the runtime

    def run(
        self, cases: Sequence[JsCase], rows: int, work: Path
    ) -> tuple[Sequence[JsResult], Ran]:
        """Run the cases of one model; the latency is that of `rows` samples."""
        started = time.perf_counter()
        run = run_cases(
            cases, work, backend=self.backend, page={**asdict(self), "single": rows}
        )
        seconds, (first, *_) = time.perf_counter() - started, run.results
        samples = sum(len(next(iter(case.inputs.values()))) for case in cases)
        ran = Ran(
            **run.page,
            backend=run.backend,
            samples=samples,
            latency_ms=first.latency_ms,
            seconds=seconds,
        )
        return run.results, ran


def prepare(path: str, runtime: str | None, backend: str | None) -> Browser:
    """The runtime for a file, or a ConfigError if it runs no such file or something is
    not installed.
    """
    if runtime not in RUNTIMES:
        raise ConfigError(
            f"--in must be one of {', '.join(RUNTIMES)}. Received: {runtime or 'none'}."
            " Choose one of these."
        )
    suffix, backends = RUNTIMES[runtime]
    if not path.endswith(suffix):
        fitting = next(
            name for name, (other, _) in RUNTIMES.items() if path.endswith(other)
        )
        raise ConfigError(
            f"{runtime} runs {suffix} files. Received: {path}. Next step: --in"
            f" {fitting}."
        )
    if backend not in (None, *backends):
        raise ConfigError(
            f"{runtime} has the backends {', '.join(backends)}. Received: {backend}."
            " Choose one of these."
        )
    chosen = backend or next(iter(backends))
    modules = str(_modules(backends[chosen], runtime)) if backends[chosen] else None
    return Browser(
        runtime=runtime, backend=chosen, chromium=find_chromium(), modules=modules
    )


def find_chromium() -> str:
    """Path of Chromium or Chrome; ConfigError where there is none."""
    chosen = os.environ.get("CHROMIUM")
    if found := next(
        filter(None, map(shutil.which, [chosen] if chosen else _PROGRAMS)), None
    ):
        return found
    raise ConfigError(
        f"Chromium or Chrome must be installed. Received: {chosen or 'none on PATH'}."
        " Next step: install it, or set CHROMIUM to its path."
    )


def _modules(package: str, runtime: str) -> Path:
    """The node_modules that has a package, as Node.js looks for it from here on; else
    that of the clone.
    """
    here = Path.cwd()
    folders = [folder / "node_modules" for folder in (here, *here.parents, _CLONE)]
    if found := next(
        (folder for folder in folders if (folder / package / "package.json").is_file()),
        None,
    ):
        return found
    npm = "npm" if shutil.which("npm") else "python -m pipeline.system.node npm"
    # that of the TensorFlow.js beside it
    version = "@4.22.0" if runtime == "tfjs" else ""
    raise ConfigError(
        f"{package} must be installed here. Received: no node_modules/{package} in"
        f" {here} or above it. Next step: {npm} install {package}{version}."
    )
