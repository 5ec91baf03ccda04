"""The arithmetic of when more machines pay, and what is told in docs/scale.md."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from pipeline.training.cluster import Cluster, read_cluster

DOCS = Path(__file__).parents[2] / "docs"
SLURM = {"SLURM_JOB_ID": "7", "SLURM_JOB_NODELIST": "node-[a-b]"}


def run_beside(
    folder: Path, *words: str | Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to which the scripts of a folder stand in for the programs of their
    names.
    """
    for program in folder.iterdir():
        program.chmod(0o755)
    environment["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        words, env=environment, capture_output=True, text=True, check=False
    )


def cluster_from(script: str, folder: Path, **environment: str) -> Cluster:
    """The cluster that the script's `pipeline` is started with."""
    (folder / "pipeline").write_text('#!/bin/sh\nprintf "%s" "$TF_CONFIG"\n')
    (folder / "scontrol").write_text('#!/bin/sh\nprintf "node-a\\nnode-b\\n"\n')
    done = run_beside(folder, "sh", "-ec", script, **environment)
    assert done.returncode == 0, done.stderr
    return read_cluster({"TF_CONFIG": done.stdout})


def test_the_job_gives_each_pod_its_place_in_one_cluster(tmp_path: Path) -> None:
    service, job = yaml.safe_load_all((DOCS / "scale/job.yaml").read_text())
    spec = job["spec"]
    [container] = spec["template"]["spec"]["containers"]
    count = spec["completions"]
    assert spec["parallelism"] == count  # all at once: they wait for one another
    assert spec["template"]["spec"]["subdomain"] == service["metadata"]["name"]
    assert service["spec"]["selector"] == {"job-name": job["metadata"]["name"]}
    environment = {variable["name"]: variable["value"] for variable in container["env"]}
    assert int(environment["WORKERS"]) == count
    names = [
        f"{job['metadata']['name']}-{i}.{service['metadata']['name']}:2222"
        for i in range(count)
    ]
    for index in range(count):
        cluster = cluster_from(
            container["command"][2],
            tmp_path,
            **environment,
            JOB_COMPLETION_INDEX=str(index),
        )
        assert cluster == Cluster(addresses=tuple(names), index=index)


def test_the_slurm_script_gives_each_node_its_place_in_one_cluster(
    tmp_path: Path,
) -> None:
    script = (DOCS / "scale/job.sbatch").read_text()
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)
    (tmp_path / "srun").write_text(
        '#!/bin/sh\nwhile [ "$1" != sh ]; do shift; done\nexec "$@"\n'
    )
    for index in range(2):
        cluster = cluster_from(script, tmp_path, **SLURM, SLURM_PROCID=str(index))
        assert cluster == Cluster(addresses=("node-a:2222", "node-b:2222"), index=index)


@pytest.mark.parametrize(
    ("code", "restarts", "again"),
    [
        (0, 0, False),
        (3, 0, False),
        (127, 0, False),
        (1, 0, True),
        (137, 9, True),
        (137, 10, False),
    ],  # 137: killed
)
def test_the_slurm_job_is_started_again_after_a_lost_worker_and_not_after_a_failed_gate(
    code: int, restarts: int, again: bool, tmp_path: Path
) -> None:
    asked = tmp_path / "asked"
    (tmp_path / "srun").write_text(f"#!/bin/sh\nexit {code}\n")
    (tmp_path / "scontrol").write_text(
        f'#!/bin/sh\n[ "$1" = show ] || echo "$*" >{asked}\n'
    )
    done = run_beside(
        tmp_path,
        "bash",
        DOCS / "scale/job.sbatch",
        **SLURM,
        SLURM_RESTART_COUNT=str(restarts),
    )
    assert done.returncode == code
    assert (asked.read_text() if asked.exists() else None) == (
        "requeue 7\n" if again else None
    )


def test_every_option_that_the_scripts_use_exists() -> None:
    from pipeline.cli.main import cli

    options = {
        name for parameter in cli.commands["build"].params for name in parameter.opts
    }
    for name in ("job.yaml", "job.sbatch"):
        text = (DOCS / "scale" / name).read_text()
        [command] = [line for line in text.splitlines() if "pipeline build" in line]
        used = {word for word in command.split() if word.startswith("--")}
        assert used
        assert used <= options
