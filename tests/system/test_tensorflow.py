"""Imports of TensorFlow and the converter, which nobody else finds changed."""

import json
import sys
from importlib.util import find_spec
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
