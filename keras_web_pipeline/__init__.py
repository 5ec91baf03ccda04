"""The package `pipeline` under a name that nobody else has:

a file pipeline.py beside a script hides the other one.
"""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pipeline import *  # noqa: F403


def _ours() -> object:
    """The package beside this one, which imports its own modules as `pipeline`."""
    start = Path(__file__).parents[1] / "pipeline" / "__init__.py"
    known = sys.modules.get("pipeline")
    if known is None:
        spec = spec_from_file_location(
            "pipeline", start, submodule_search_locations=[str(start.parent)]
        )
        if spec is None or spec.loader is None:
            raise ImportError(
                f"{start} must be the package of this one. Received: none. Install it"
                " again."
            )
        known = sys.modules["pipeline"] = module_from_spec(spec)
        spec.loader.exec_module(known)
    elif Path(known.__file__ or "").resolve() != start.resolve():
        raise ImportError(
            "keras_web_pipeline must be imported before another `pipeline`. Received:"
            f" {known}."
        )
    return known


sys.modules[__name__] = _ours()  # type: ignore[assignment]
