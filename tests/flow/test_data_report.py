"""`pipeline report` as a user runs it."""

import json
from pathlib import Path

import numpy as np

from pipeline.data.arrays import load_images
from pipeline.records import Dataset
from tests.support.versions import snapshot
from tests.support.workshop import QuickWorkshop, Workshop


def test_a_report_of_damaged_labels_shows_them_and_publishes_nothing(
    copy: Workshop, small_mnist: Dataset
) -> None:
    images, site, name = (
        load_images(small_mnist),
        copy.published(),
        f"{copy.data.stem}-small",
    )
    labels = images.train_labels.copy()
    labels[:500] = np.random.default_rng(1).permutation(labels[:500])
    damaged = copy.folder / "damaged.npz"
    test = {"x_test": images.test, "y_test": images.test_labels}
    np.savez(damaged, allow_pickle=False, x_train=images.train, y_train=labels, **test)
    workshop = QuickWorkshop(copy.folder, damaged)
    _, *options = workshop.build_arguments("--name", name, threshold=0.999)
    exported = snapshot(copy.folder / "exported_models")
    done = workshop.run("report", *options, "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    page = Path(document["report"])
    assert page == copy.folder / "runs" / name / "data-report/index.html"
    gates = {gate["name"]: gate for gate in document["gates"]}
    assert not gates["undisputed labels"]["passed"]
    assert (copy.published(), snapshot(copy.folder / "exported_models")) == (
        site,
        exported,
    )
    rows = [
        int(part.partition("]")[0])
        for part in page.read_text().split("<code>x_train[")[1:]
    ]
    assert len(rows) == 200
    wrong = labels != images.train_labels
    # the most certain contradictions are damaged labels
    assert np.mean(wrong[rows]) > 0.9

    done = workshop.run("report", *options, "--folder", "elsewhere")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "elsewhere/index.html\n"
    again = (copy.folder / "elsewhere/index.html").read_text()
    assert (
        again.partition("<dt>Written")[0]
        == page.read_text().partition("<dt>Written")[0]
    )


def test_a_report_into_the_site_is_refused_before_anything_runs(
    built: Workshop,
) -> None:
    _, *options = built.build_arguments()
    done = built.run("report", *options, "--folder", "site")
    assert done.returncode == 6
    assert "A report must be in a folder of its own. Received: site" in done.stderr
    assert done.stdout == ""
