"""How XLA compiles an epoch for an H100, beside JAX's `lax.scan`. Compiled, not run:
this needs no GPU.

Each program is the one that trains here, as it is handed to XLA. The XLA of JAX's GPU
plugin compiles it (`bench/peers/h100.py`), because TensorFlow's own needs a device.
Needs `make peers`.
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.harness import print_table, run_process, save_results
from bench.peers import HERE
from bench.train import PEERS_PYTHON, Case, train_once, write_peers_data

# XLA does not compile the cnn, see `choose_compiler`
RECIPES = (
    "plain",
    "softmax",
    "mlp",
)


def program_of(command: list[str], name: str, folder: Path) -> Path:
    """Run a process that compiles the function `name`; XLA's text of that function
    before any optimization.
    """
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_dump_to={folder}"
    run_process(["env", f"XLA_FLAGS={flags}", *command])
    (found,) = folder.glob(f"*{name}*.before_optimizations.txt")
    return found


def measure(scratch: Path) -> dict[str, dict[str, Any]]:
    """Return the program that XLA compiles from each."""
    ours = [sys.executable, "-m", "bench.gpu"]
    programs = {
        f"{recipe}, pipeline": program_of(
            [*ours, recipe], "run_steps", scratch / recipe
        )
        for recipe in RECIPES
    }
    data = scratch / "data.npz"
    write_peers_data(data, epochs=1)
    jax = [str(PEERS_PYTHON), str(HERE / "jax_scan.py"), str(data)]
    programs["plain, JAX lax.scan"] = program_of(jax, "run_epoch", scratch / "jax")
    compiler = [str(PEERS_PYTHON), str(HERE / "h100.py")]
    return {
        name: json.loads(run_process([*compiler, str(program)]).stdout)
        for name, program in programs.items()
    }


def main() -> None:
    if not PEERS_PYTHON.exists():
        raise SystemExit(
            "This needs JAX's compiler for GPUs. Received: no .venv-peers. Run `make"
            " peers`."
        )
    with tempfile.TemporaryDirectory() as scratch:
        found = measure(Path(scratch))
    rows = [
        [
            name,
            f"{program['trips']:,}" if program["trips"] else "asked after each",
            str(program["launches"]),
            str(program["kernels"]),
            ", ".join(program["others"]) or "none",
            f"{program['temporary_bytes'] / 1e6:.1f}",
        ]
        for name, program in found.items()
    ]
    header = [
        "an epoch as one program",
        "batches in its loop",
        "launches a batch",
        "kernels a batch",
    ]
    print_table(
        [*header, "copies or calls of the host", "MB beside data and weights"], rows
    )
    save_results("gpu")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        train_once(Case(sys.argv[1], epochs=1, compiler="xla"), "ours")
    else:
        main()
