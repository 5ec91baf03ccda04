"""`show`, which takes whatever holds a model: from it come the files of one format, and
why they cannot be shown.

anywidget is imported, and the widget's class made, when the first one is wanted.
"""

import functools
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.build_result import BuildResult
from pipeline.errors import ConfigError, DataError, PipelineError
from pipeline.exporting.report import ExportReport
from pipeline.system.pip import pip_install
from pipeline.system.web_files import WEB
from pipeline.versions import store
from pipeline.versions.loadable import loadable_files, plain_name

WIDGET_SCRIPT = WEB / "notebook" / "widget.js"

if TYPE_CHECKING:
    import anywidget

    class Sketch(anywidget.AnyWidget):
        """The widget that `show` returns; the real class is made by `sketch_class`."""

        value: dict[str, Any] | None
        input: NDArray[np.float32] | None

        def __init__(  # noqa: D107
            self, files: dict[str, bytes], format_id: str, shape: tuple[int, ...]
        ) -> None: ...


def show(
    model: Any,
    *,
    labels: Sequence[str] | None = None,
    preprocess: Mapping[str, Any] | str | Path | None = None,
) -> "Sketch":
    """Show a model in a notebook: draw or drop an image, and read the answer of the
    exported files themselves.

    Args:
        model: an `ExportReport`, a `BuildResult`, the path of a folder (of an export,
            of a version, or of a model, for
            its latest version), or a Keras model or its file, which is exported into a
            temporary folder first.
        labels: of a Keras model: one name per class; by default 0, 1, 2, …
        preprocess: of a Keras model: how a drawing or photo becomes its input, as
            `export_model` takes it.

    Returns:
        A widget. Its `value` is None while the pad is empty, else {"label": str,
        "probabilities": {label: float}}; `input` is the array that the model was given,
        in the shape of its input without the batch.

    Raises:
        ConfigError: the model is not an image classifier, an argument is missing, or
        anywidget is not installed.
        DataError: a file is missing or damaged.
        PublishError: a manifest or a latest.json cannot be used.
        ConversionError: the Keras model cannot be exported exactly.
    """

    widget = sketch_class()  # first: without it, an export would be in vain
    if folder := _folder_of(model):
        if labels is not None or preprocess is not None:
            raise ConfigError(
                "Labels and preprocessing of an export are those in its manifest."
                f" Received: {folder} with others. Leave them out, or export the model"
                " again with them."
            )
        return widget(*loadable_files(folder))
    with tempfile.TemporaryDirectory(prefix="pipeline-show-") as work:
        return widget(
            *loadable_files(_export(model, Path(work) / "model", labels, preprocess))
        )


def _folder_of(model: Any) -> Path | None:
    """The folder that a record or a path names; None for a Keras model or its file."""
    if isinstance(model, ExportReport):
        return model.path
    if isinstance(model, BuildResult):
        if model.exported is None:
            raise ConfigError(
                "Only a model that was exported can be shown. Received: a build that"
                " stopped before. Build it again."
            )
        return model.exported.folder
    if not isinstance(model, str | Path):
        return None
    path = Path(model)
    if not path.exists():
        raise DataError(
            f"There must be a folder or a model file to show. Received: {path}. Correct"
            " the path."
        )
    return (
        path / (store.latest(path.parent, path.name) or "") if path.is_dir() else None
    )


def _export(
    model: Any, out: Path, labels: Sequence[str] | None, preprocess: Any
) -> Path:
    from pipeline.exporting.export import export_model
    from pipeline.tfjs.load_keras import load_keras_file

    name = (
        Path(model).stem
        if isinstance(model, str | Path)
        else getattr(model, "name", "")
    )
    if isinstance(model, str | Path):
        model = load_keras_file(model)
    taken, answered = (_shape(model, end) for end in ("input_shape", "output_shape"))
    if taken is None or answered is None:
        raise ConfigError(
            "Only a built Keras model with one input and one output can be shown."
            f" Received: {type(model).__name__}, which is not. Export it with"
            " `export_model`, and show the report."
        )
    if preprocess is None:
        raise ConfigError(
            "To draw for a model, it must be known how a drawing becomes its input of"
            f" shape {taken}. Received: no preprocess=. {_advice(taken)}"
        )
    if labels is None and len(answered) == 1 and answered[0]:
        labels = [str(index) for index in range(answered[0])]
    return export_model(
        model,
        out,
        labels=labels,
        preprocess=preprocess,
        name=plain_name(name),
        bare=True,
    ).path


def _shape(model: Any, end: str) -> tuple[int | None, ...] | None:
    """That of the model's only input or output, without the batch."""
    shape = getattr(model, end, None)
    return (
        shape[1:]
        if isinstance(shape, tuple)
        and not any(isinstance(size, tuple) for size in shape)
        else None
    )


def _advice(shape: Sequence[int | None]) -> str:
    """The next step for a model without preprocessing, with steps that fit its input if
    that is an image.
    """
    height, width, channels = (
        (*shape, 1)[:3] if len(shape) in (2, 3) else (None, None, None)
    )
    if not (height and width and channels in (1, 3)):
        return "Only models of images can be shown; pass the steps if it is one."
    size = {"height": height, "width": width}
    if channels == 3:
        drawing: list[dict[str, Any]] = [
            {"step": "rgb", "background": 1},
            {"step": "cover", **size},
        ]
    else:
        box = round(min(height, width) * 20 / 28)  # as in MNIST
        drawing = [
            {"step": "ink"},
            {"step": "fit", "box": box},
            {"step": "center", **size},
        ]
    image = [{"step": "channel"}] if len(shape) == 3 and channels == 1 else []
    steps = json.dumps({"drawing": drawing, "image": image})
    return (
        "Pass the steps of its training data; for pixels from 0 to 1 they may be"
        f" preprocess={steps}."
    )


@functools.cache
def sketch_class() -> "type[Sketch]":
    """The class `Sketch`.

    Raises ConfigError without anywidget, PipelineError without the built script.
    """
    try:
        import anywidget
        import traitlets
    except ImportError as error:
        raise ConfigError(
            f"`show` needs anywidget. Received: {error}. Run"
            f" `{pip_install('anywidget')}` (the extra [notebook]), and reload the"
            " page."
        ) from error
    if not WIDGET_SCRIPT.exists():
        raise PipelineError(
            f"The widget must be built. Received: no {WIDGET_SCRIPT}. Run `make web`."
        )

    class Sketch(anywidget.AnyWidget):
        """A pad, and the answers of an exported model to what is drawn on it."""

        _esm = WIDGET_SCRIPT
        # Bytes in the widget's state: the front end has them before it shows anything,
        # even while the kernel is busy.
        _files = traitlets.Dict().tag(sync=True)  # path → content
        _format = traitlets.Unicode().tag(sync=True)
        # little-endian float32, in a memoryview
        _input = traitlets.Any(default_value=None).tag(sync=True)
        # {"label": …, "probabilities": {label: …}}; None while the pad is empty
        value = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)

        def __init__(
            self, files: dict[str, bytes], format_id: str, shape: tuple[int, ...]
        ) -> None:
            self._shape = shape
            super().__init__(_files=files, _format=format_id)

        def __repr__(self) -> str:
            return (
                f"Sketch, to draw on where notebooks show widgets; value {self.value}"
            )

        @property
        def input(self) -> NDArray[np.float32] | None:
            """The numbers given to the model, in its input's shape without the batch;
            None while the pad is empty.
            """
            return (
                None
                if self._input is None
                else np.frombuffer(self._input, "<f4").reshape(self._shape)
            )

    return Sketch
