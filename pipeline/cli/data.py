"""The commands about data sets, in the group `data`."""

from pathlib import Path
from typing import Any

import click

from pipeline.cli.build import build_options
from pipeline.cli.options import PATH, Group, option
from pipeline.cli.report import Done, Reporter


@click.group("data", cls=Group)
def data() -> None:
    """Look at a data set."""


@data.command("report", works=True)
@option("--report", type=PATH, help="Folder to write.  [default: <runs>/<name>/data-report]")
@build_options
def _report(reporter: Reporter, report: Path | None, **options: Any) -> Done:
    """Write an HTML page about the data set.

    It shows how many images each label has, how far the data is from that of the published version, images that are
    in both the training and the test set, and the training labels that the model contradicts, with pictures and
    places. The model is trained for it, unless it is there already; nothing is stopped or published.
    """
    from pipeline.data_report.report import require_own, write_report
    from pipeline.python_api import configured
    from pipeline.stage_cache import DATA_REPORT
    from pipeline.stages.run import run_stages

    config = configured(**options)
    folder = report or config.runs / config.name / DATA_REPORT
    require_own(folder)  # before minutes of training
    result = run_stages(config, until="evaluate", judge=False, progress=reporter.progress, watch=reporter.watch)
    if result.dataset is None or result.trained is None or result.evaluation is None:  # on a worker without the result
        return Done(document=result.as_json())
    page, result.gates = write_report(folder, result.config, result.dataset, result.trained, result.evaluation)
    return Done(document=result.as_json() | {"report": str(page.absolute())}, text=str(page))
