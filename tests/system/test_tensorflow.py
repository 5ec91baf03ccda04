"""Imports of TensorFlow and the converter, which nobody else finds changed."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

from pipeline.system.tensorflow import importing_instead
from pipeline.tfjs.graph_model.converter import converter_version
from tests.support.workshop import python

UNUSED = ("jax", "pandas", "IPython", "tensorflow_decision_forests")
START = f"""
import json, sys
from pipeline.system.tensorflow import start_tensorflow
from pipeline.tfjs.graph_model.converter import graph_available
start_tensorflow("cpu")
assert graph_available() is None
print(json.dumps([name for name in {UNUSED!r} if name in sys.modules]))
"""


def test_starting_imports_nothing_that_is_not_used() -> None:
    assert json.loads(python("-c", START)) == []


@pytest.mark.parametrize("name", UNUSED[:3])
def test_modules_left_out_can_be_imported_afterwards(name: str) -> None:
    if find_spec(name) is None:
        pytest.skip(f"{name} is not installed, so it was not left out")
    python("-c", f"{START}\nimport {name}\nassert {name}.__version__")


CHANNELS_FIRST = """
from pipeline.system.tensorflow import start_tensorflow
start_tensorflow("cpu")
import keras
layers = [keras.Input((3, 8, 8)), keras.layers.Conv2D(4, 3, data_format="channels_first")]
print(keras.Sequential(layers)(keras.ops.ones((1, 3, 8, 8))).shape)
"""


def test_every_processor_runs_channels_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS")
    assert python("-c", CHANNELS_FIRST).strip() == "(1, 4, 6, 6)"


def test_the_converter_still_gives_all_else() -> None:
    if converter_version() is None:
        pytest.skip("the official converter is not installed")
    python(
        "-c",
        f"{START}\nfrom tensorflowjs import converters\nassert"
        " callable(converters.convert_tf_saved_model)",
    )


def test_importing_instead_is_undone() -> None:
    stand_in = ModuleType("never_there")
    with importing_instead({"never_there": stand_in, "wave": None, "json": None}):
        import never_there  # type: ignore[import-not-found]

        assert never_there is stand_in
        assert __import__("json") is json  # it is there already, so it stays
        with pytest.raises(ImportError):
            import wave
    assert not {"never_there", "wave"} & sys.modules.keys()
    import wave

    assert hasattr(wave, "open")


EXPORT = """
import keras
from pipeline import export_model
layers = [keras.Input((3, 8, 8)), keras.layers.Conv2D(4, 3, data_format="channels_first")]
export_model(keras.Sequential(layers), "folder")
"""


def test_a_model_that_this_processor_cannot_run_is_refused_with_what_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    monkeypatch.chdir(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", EXPORT], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "set TF_ENABLE_ONEDNN_OPTS=1" in done.stderr
    assert not list(tmp_path.iterdir())
