"""The command `pipeline`, also `python -m pipeline`: ready for Ctrl-C before it imports what the commands need."""

from pipeline.system.interrupts import run_interruptibly


def main() -> None:
    """Run the command line."""
    run_interruptibly(_import_and_run)


def _import_and_run() -> None:
    from pipeline.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
