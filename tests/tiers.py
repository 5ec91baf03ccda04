"""Three tiers of tests: what `make test-fast` leaves out, what only `make test-all` runs, and why.

- fast: starts no process and no browser.
- test: proves each promise once, where it is decided. No test takes more than 30 s.
- all: proves every promise everywhere: each engine, fault and random input.

A test belongs to *fast* unless it is listed here, by folder, file or name; the longest entry that fits decides.
"""

from typing import Literal

Tier = Literal["fast", "test", "all"]
SECONDS = 5  # a test that takes longer has its reason below
TIERS: tuple[Tier, ...] = ("fast", "test", "all")

# What is not in *fast*: its tier, and the reason.
LISTED: dict[str, tuple[Tier, str]] = {
    "checking/test_check.py::test_no_digit": ("test", "changes every digit of a manifest"),
    "checking/test_running.py": ("test", "runs versions in TensorFlow.js"),
    "checking/test_sweep.py": ("test", "changes the files of a complete site one at a time"),
    "cli/test_report.py": ("test", "starts commands"),
    "datasets/test_folders.py::test_records": ("test", "reads TFRecords in processes that import TensorFlow"),
    "deploying/test_branch.py": ("test", "pushes to repositories, and kills that at each command"),
    "deploying/test_folder.py": ("test", "kills deployments at many calls"),
    "deploying/test_servers.py": ("test", "starts servers and deploys to them"),
    "flow/": ("test", "builds models with the command line"),
    "notebook/": ("test", "exports models, and starts JupyterLab and a browser"),
    "preprocessing/test_apply.py": ("test", "prepares hundreds of random drawings"),
    "system/test_interrupts.py": ("test", "waits for commands that do not end by themselves"),
    "system/test_lifeline.py": ("test", "starts processes and kills their parents"),
    "system/test_tensorflow.py": ("test", "imports TensorFlow in processes of its own"),
    "test_docs_notebooks.py": ("test", "runs a notebook in a kernel that imports TensorFlow"),
    "test_export.py": ("test", "builds a model twice"),
    "test_fuzz.py": ("test", "damages files of every kind in processes of their own"),
    "test_publish_crashes.py": ("test", "disturbs publications at many calls"),
    "test_reference.py": ("test", "runs recorded models on all of MNIST"),
    "test_supply_chain.py::test_a_package": ("test", "runs npm"),
    "test_train.py": ("test", "trains again and again"),
    "test_verify.py": ("test", "builds models"),
    "tfjs/cases/": ("test", "converts 600 models and runs them in TensorFlow.js"),
    "tfjs/formats/": ("test", "writes files through TensorFlow and runs them in processes of their own"),
    "tfjs/graph_model/": ("test", "converts by TensorFlow's graphs"),
    "tfjs/parity/": ("test", "runs exports in TensorFlow.js"),
    "tfjs/test_browser.py": ("test", "starts a browser"),
    "tfjs/test_export": ("test", "runs exports in TensorFlow.js"),
    "tfjs/test_load_keras.py": ("test", "runs exports in TensorFlow.js"),
    "tfjs/test_property.py": ("test", "converts random models"),
    "tfjs/test_standing.py": ("test", "runs exports in TensorFlow.js"),
    "training/distributed/test_compiled_epoch.py": ("test", "trains on several replicas"),
    "training/distributed/test_workers.py": ("test", "trains in several processes"),
    "training/test_callbacks.py": ("test", "trains again and again"),
    "training/test_compiled_epoch.py": ("test", "compiles many programs"),
    "training/test_epochs.py": ("test", "compiles many programs"),
    "training/test_gpu.py": ("test", "compiles many programs"),
}


def listed(nodeid: str) -> tuple[Tier, str] | None:
    """The tier of a test and why it is not *fast*, by its pytest id; None for a fast one."""
    fitting = [part for part in LISTED if nodeid.removeprefix("tests/").startswith(part)]
    return LISTED[max(fitting, key=len)] if fitting else None
