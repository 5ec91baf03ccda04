"""The two formats: their files, their runtimes and the packages that each needs."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from pipeline.errors import ConfigError
from pipeline.system.pip import pip_install

FormatName = Literal["onnx", "litert"]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One format."""

    name: FormatName
    title: str  # for people
    file: str  # name in an export
    runtime: Literal["onnxruntime", "LiteRT"]
    package: str  # that has the runtime, as packages are installed
    runs_with: tuple[str, ...]  # modules that running and reading a file needs
    # modules that Keras' exporter needs besides TensorFlow
    writes_with: tuple[str, ...]

    @property
    def suffix(self) -> str:
        """Suffix of the files."""
        return Path(self.file).suffix

    @property
    def version(self) -> str:
        """Installed version of the runtime."""
        return metadata.version(self.package)

    def versions(self) -> dict[str, str]:
        """Return the installed version of each package that writes or runs the files,
        by name.
        """
        return {
            package: metadata.version(package)
            for package in (*self.writes_with, self.package)
        }

    def require(self, *, to_write: bool = False) -> None:
        """Raise ConfigError if a package is missing."""
        needed = self.runs_with + (self.writes_with if to_write else ())
        if missing := [module for module in needed if find_spec(module) is None]:
            raise ConfigError(
                f"{self.title} files need further packages. Received: no {missing[0]}."
                f" Next step: run `{pip_install(*needed)}` (the extra [formats])."
            )


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            name="onnx",
            title="ONNX",
            file="model.onnx",
            runtime="onnxruntime",
            package="onnxruntime",
            runs_with=("onnx", "onnxruntime"),
            writes_with=("tf2onnx",),
        ),
        Kind(
            name="litert",
            title="LiteRT",
            file="model.tflite",
            runtime="LiteRT",
            package="ai-edge-litert",
            runs_with=("ai_edge_litert",),
            writes_with=(),
        ),
    )
}


def kinds_of(names: Iterable[str]) -> list[Kind]:
    """The kinds that have these names; a graph-model is none."""
    return [KINDS[name] for name in names if name in KINDS]


def kind_of(path: str | Path) -> Kind | None:
    """The kind of a file, by the end of its name; None if it is neither."""
    return next(
        (kind for kind in KINDS.values() if str(path).endswith(kind.suffix)), None
    )
