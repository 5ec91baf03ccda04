"""The rooms of the package:

which may import which, and what each module really imports.
"""

import ast
from pathlib import Path

import pipeline

PACKAGE = Path(pipeline.__file__).parent
STAGES = {
    *(
        "pipeline.data.prepare",
        "pipeline.train",
        "pipeline.take_over",
        "pipeline.quality.evaluate",
    ),
    *("pipeline.export", "pipeline.verify", "pipeline.publication"),
}
# the last two ask stages for names and places
ORCHESTRATORS = {
    "stages",
    "python_api",
    "doctor",
}
HEAVY = {"tensorflow", "keras", "tensorflowjs", "jax", "jinja2"}

# Rooms that the modules of a folder may import, besides one another.
MAY_IMPORT = {
    "system": {"errors"},
    "data": {"errors", "pens", "preprocessing", "recipes", "records", "system"},
    "preprocessing": {"errors", "system"},
    "recipes": {"errors", "system"},
    "training": {
        "config",
        "data",
        "errors",
        "preprocessing",
        "recipes",
        "records",
        "stage_cache",
        "system",
    },
    "pens": set(),
    "quality": {
        *{
            "config",
            "data",
            "errors",
            "pens",
            "preprocessing",
            "recipes",
            "records",
            "site",
            "stage_cache",
            "system",
        },
        *{"training", "versions"},
    },
    "versions": {"errors", "preprocessing", "records", "system"},
    "checking": {
        "errors",
        "preprocessing",
        "records",
        "signing",
        "site",
        "system",
        "tfjs",
        "versions",
    },
    "deploying": {"checking", "errors", "site", "system", "version", "versions"},
    "tfjs": {"errors", "system"},  # so that it could be a package of its own
    "exporting": {
        "errors",
        "preprocessing",
        "records",
        "system",
        "tfjs",
        "version",
        "versions",
    },
    "notebook": {
        "build_result",
        "errors",
        "exporting",
        "records",
        "system",
        "tfjs",
        "versions",
    },
    "signing": {"errors", "system", "versions"},
    "site": {"errors", "records", "signing", "system", "versions"},
}
# neither directly nor through `system/tensorflow.py`
WITHOUT_TENSORFLOW = {
    "deploying",
    "signing",
    "site",
    "versions",
}
# in `system/`: their callers say which stage failed
RAISES_OS_ERROR = {"files", "json_records", "locks", "numpy_files", "outside"}


def imported(tree: ast.AST) -> set[str]:
    """Dotted names of all that is imported:

    at the top, inside functions and under TYPE_CHECKING.
    """
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module, "relative imports are refused by Ruff"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def read_imports(package: Path) -> dict[str, set[str]]:
    """For each module of a package, what it imports:

    the package's modules, and whatever lies outside.
    """
    files = {
        p.relative_to(package.parent): p
        for p in package.rglob("*.py")
        if "_web" not in p.parts
    }
    paths = {
        ".".join(at.with_suffix("").parts).removesuffix(".__init__"): path
        for at, path in files.items()
    }
    return {
        module: {
            (
                name
                if name in paths or name.rpartition(".")[0] not in paths
                else name.rpartition(".")[0]
            )
            for name in imported(ast.parse(path.read_text()))
        }
        for module, path in sorted(paths.items())
    }


IMPORTS = read_imports(PACKAGE)
INSIDE = {
    module: {name for name in names if name.split(".")[0] == "pipeline"}
    for module, names in IMPORTS.items()
}


def top(module: str) -> str:
    """The folder or module directly in `pipeline/` to which a module belongs."""
    return module.partition(".")[2].partition(".")[0] or "__init__"
