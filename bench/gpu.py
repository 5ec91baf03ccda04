"""On a GPU: what XLA compiles an epoch to for an H100, and JAX' `lax.scan`. Compiled, not run: no GPU was available.

Each program is the one that trains here, in the form in which XLA is given it; XLA of JAX' plugin for GPUs compiles it
(`bench/peers/h100.py`), as TensorFlow's own wants to see a device. Needs `make peers`.
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

RECIPES = ("plain", "softmax", "mlp")  # XLA does not compile the cnn, see `choose_strategy`


def program_of(command: list[str], name: str, folder: Path) -> Path:
    """XLA's text of the function called `name`, before any optimization, of a process that compiles it."""
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_dump_to={folder}"
    run_process(["env", f"XLA_FLAGS={flags}", *command])
    (found,) = folder.glob(f"*{name}*.before_optimizations.txt")
    return found


def measure(scratch: Path) -> dict[str, dict[str, Any]]:
    """What becomes of each program."""
    ours = [sys.executable, "-m", "bench.gpu"]
    programs = {f"{recipe}, pipeline": program_of([*ours, recipe], "run_steps", scratch / recipe) for recipe in RECIPES}
    data = scratch / "data.npz"
    write_peers_data(data, epochs=1)
    jax = [str(PEERS_PYTHON), str(HERE / "jax_scan.py"), str(data)]
    programs["plain, JAX lax.scan"] = program_of(jax, "run_epoch", scratch / "jax")
    compiler = [str(PEERS_PYTHON), str(HERE / "h100.py")]
    return {name: json.loads(run_process([*compiler, str(program)]).stdout) for name, program in programs.items()}


def main() -> None:
    if not PEERS_PYTHON.exists():
        raise SystemExit("This needs JAX' compiler for GPUs. Received: no .venv-peers. Run `make peers`.")
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
    header = ["an epoch as one program", "batches in its loop", "launches a batch", "kernels a batch"]
    print_table([*header, "copies or calls of the host", "MB beside data and weights"], rows)
    save_results("gpu", found)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        train_once(Case(sys.argv[1], epochs=1), "ours")
    else:
        main()
