"""The widget of `show`. anywidget is imported, and the class made, when the first one is wanted."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ConfigError, PipelineError

WIDGET_SCRIPT = Path(__file__).parents[1] / "_web" / "notebook" / "widget.js"

if TYPE_CHECKING:
    import anywidget

    class Sketch(anywidget.AnyWidget):
        """What `show` returns; the real class is made by `sketch_class`."""

        value: dict[str, Any] | None
        input: NDArray[np.float32] | None

        def __init__(self, files: dict[str, bytes], format_id: str, shape: tuple[int, ...]) -> None: ...  # noqa: D107


@functools.cache
def sketch_class() -> "type[Sketch]":
    """The class `Sketch`. Raises ConfigError without anywidget, PipelineError without the built script."""
    try:
        import anywidget
        import traitlets
    except ImportError as error:
        raise ConfigError(
            f"`show` needs anywidget. Received: {error}. "
            "Install it, `pip install 'keras-web-pipeline[notebook]'`, and reload the page."
        ) from error
    if not WIDGET_SCRIPT.exists():
        raise PipelineError(f"The widget must be built. Received: no {WIDGET_SCRIPT}. Run `make web`.")

    class Sketch(anywidget.AnyWidget):
        """A pad, and the answers of an exported model to what is drawn on it."""

        _esm = WIDGET_SCRIPT
        # Bytes in the widget's state: the front end has them before it shows anything, even while the kernel is busy.
        _files = traitlets.Dict().tag(sync=True)  # path → content
        _format = traitlets.Unicode().tag(sync=True)
        _input = traitlets.Any(default_value=None).tag(sync=True)  # little-endian float32, in a memoryview
        # {"label": …, "probabilities": {label: …}}; None while the pad is empty
        value = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)

        def __init__(self, files: dict[str, bytes], format_id: str, shape: tuple[int, ...]) -> None:
            self._shape = shape
            super().__init__(_files=files, _format=format_id)

        def __repr__(self) -> str:
            return f"Sketch, to draw on where notebooks show widgets; value {self.value}"

        @property
        def input(self) -> NDArray[np.float32] | None:
            """What the model was given, in the shape of its input without the batch; None while the pad is empty."""
            return None if self._input is None else np.frombuffer(self._input, "<f4").reshape(self._shape)

    return Sketch
