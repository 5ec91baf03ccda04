"""The command `pipeline`, also `python -m pipeline`: ready for Ctrl-C before it imports what the commands need."""

import os

from pipeline.system.interrupts import run_interruptibly


def main() -> None:
    """Run the command line."""
    run_interruptibly(_import_and_run)


def _import_and_run() -> None:
    # Several threads of OpenBLAS wait actively, on the cores that TensorFlow and other processes compute on.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from pipeline.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
