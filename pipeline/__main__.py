"""The command `pipeline`, also `python -m pipeline`:

ready for Ctrl-C before it imports what the commands need.
"""

import contextlib
import io
import os
import sys

from pipeline.system.interrupts import run_interruptibly


class _Log(io.TextIOWrapper):
    """Stderr that loses what it cannot write:

    a log on a full disk stops no build and hides no result.
    """

    def write(self, text: str) -> int:
        """Write, if that is possible."""
        with contextlib.suppress(OSError):
            super().write(text)
        return len(text)


def main() -> None:
    """Run the command line."""
    # closed: a file that is opened next would get its number, and its messages
    if sys.stderr is None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    raw = open(2, "wb", buffering=0, closefd=False)  # noqa: SIM115 (until the end)
    sys.stderr = _Log(
        raw,
        getattr(sys.stderr, "encoding", None),
        "backslashreplace",
        write_through=True,
    )
    run_interruptibly(_import_and_run)


def _import_and_run() -> None:
    # Several threads of OpenBLAS wait actively, on the cores that TensorFlow and other
    # processes compute on.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from pipeline.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
