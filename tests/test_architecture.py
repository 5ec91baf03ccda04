"""The rules that keep the package navigable: who may import whom, and that importing does nothing."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import pipeline

PACKAGE = Path(pipeline.__file__).parent
STAGES = {"data", "train", "evaluate", "export", "verify", "publish"}
STRINGS_STAGES = {"build", "cli", "doctor"}  # doctor asks the stages where they look for things
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "_web" not in path.parts)
HEAVY = {"tensorflow", "keras", "tensorflowjs", "jax"}


def imports(tree: ast.AST) -> set[str]:
    """Full names of all that is imported anywhere in a module."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


def stages_imported(path: Path) -> set[str]:
    names = {name.split(".")[1] for name in imports(ast.parse(path.read_text())) if name.startswith("pipeline.")}
    return names & STAGES


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_build_and_cli_import_stages(path: Path) -> None:
    if path.stem not in STRINGS_STAGES:
        assert stages_imported(path) <= {path.stem} if path.stem in STAGES else not stages_imported(path)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_tensorflow_is_never_imported_at_module_level(path: Path) -> None:
    top_level = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {name.split(".")[0] for node in top_level for name in imports(node)}
    assert not names & HEAVY


def test_importing_every_module_loads_no_heavy_package() -> None:
    names = [".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in MODULES]
    names = [name.removesuffix(".__init__") for name in names if not name.endswith("__main__")]
    code = f"import sys\nfor name in {names!r}: __import__(name)\nprint(sorted({HEAVY!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert done.stderr == ""


def test_every_public_name_exists() -> None:
    for name in pipeline.__all__:
        assert getattr(pipeline, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = pipeline.nonsense
