"""The rules that keep the package navigable:

who may import whom, no circles, and importing does nothing.
"""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter

import pytest

import pipeline
from pipeline import errors
from tests.rooms import (
    HEAVY,
    IMPORTS,
    INSIDE,
    MAY_IMPORT,
    ORCHESTRATORS,
    PACKAGE,
    RAISES_OS_ERROR,
    STAGES,
    WITHOUT_TENSORFLOW,
    imported,
    top,
)


def test_only_orchestrators_import_stages() -> None:
    importing = {
        (m, name)
        for m, names in INSIDE.items()
        if top(m) not in ORCHESTRATORS
        for name in names
    }
    assert {(m, stage) for m, stage in importing if stage in STAGES} == set()


def test_folders_import_only_what_their_rule_allows() -> None:
    # the command line and the orchestrators import whatever they need
    assert {
        path.parent.name for path in PACKAGE.glob("*/__init__.py")
    } == MAY_IMPORT.keys() | {"cli", "stages"}
    found = {
        (module, name)
        for module, names in INSIDE.items()
        for name in names
        if top(module) in MAY_IMPORT
        and top(name) not in {top(module), *MAY_IMPORT[top(module)]}
    }
    assert found == set()
    for module in RAISES_OS_ERROR:
        assert {top(name) for name in INSIDE[f"pipeline.system.{module}"]} <= {
            "system"
        }, module


def test_only_its_start_imports_the_command_line() -> None:
    found = {
        module
        for module, names in INSIDE.items()
        for name in names
        if top(name) == "cli" != top(module)
    }
    assert found == {"pipeline.__main__"}


def test_system_knows_no_stages_error() -> None:
    names = set().union(
        *(
            imported(ast.parse(path.read_text()))
            for path in (PACKAGE / "system").glob("*.py")
        )
    )
    errors = {
        name.removeprefix("pipeline.errors.")
        for name in names
        if name.startswith("pipeline.errors.")
    }
    assert errors == {"ConfigError", "DiskError", "PipelineError", "disk_error"}


def test_some_folders_never_import_tensorflow() -> None:
    modules = [module for module in IMPORTS if top(module) in WITHOUT_TENSORFLOW]
    assert modules
    for module in modules:
        assert "pipeline.system.tensorflow" not in IMPORTS[module], module
        assert not {name.split(".")[0] for name in IMPORTS[module]} & HEAVY, module


def test_at_most_25_modules_stand_directly_in_the_package() -> None:
    assert len(list(PACKAGE.glob("*.py"))) <= 25


def test_no_import_circle() -> None:
    for imports in (INSIDE, MAY_IMPORT):  # modules, and the folders that they lie in
        TopologicalSorter(imports).prepare()  # raises CycleError


@pytest.mark.parametrize("module", IMPORTS)
def test_tensorflow_is_never_imported_at_module_level(module: str) -> None:
    path = PACKAGE.parent.joinpath(*module.split("."))
    body = ast.parse(
        (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text()
    ).body
    top_level = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert (
        not {name.split(".")[0] for node in top_level for name in imported(node)}
        & HEAVY
    )


IMPORT_ALL = "\n".join(
    f"import {name}" for name in IMPORTS if not name.endswith("__main__")
)


@pytest.mark.parametrize(("code", "unneeded"), [
    (IMPORT_ALL, HEAVY), ("import pipeline; pipeline.show; pipeline.build", {"anywidget", "tensorflow"}),
    ("from pipeline.cli.main import cli; cli(['--help'], standalone_mode=False)", {"tensorflow", "keras", "numpy"}),
    ("import pipeline.stages.run", {"cryptography"}),  # without a key
], ids=["every module", "the package", "help", "a build"])  # fmt: skip
def test_importing_loads_nothing_that_is_not_needed(
    code: str, unneeded: set[str]
) -> None:
    program = f"{code}\nimport sys\nprint(sorted({unneeded!r} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
    assert done.stderr == ""


def test_every_public_name_exists() -> None:
    for name in pipeline.__all__:
        assert getattr(pipeline, name) is not None
    assert dir(pipeline) == sorted(pipeline.__all__)
    assert {
        name for name, one in vars(errors).items() if hasattr(one, "exit_code")
    } <= {*pipeline.__all__}
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = pipeline.nonsense
