"""Each model in a process of its own, with a time limit for each way: what crashes
there is counted, and goes on here.

The processes are forked from one that has imported TensorFlow and the exporters and
computed nothing. So a model costs its own time, and the first way of a model does not
pay for imports.
"""

import contextlib
import multiprocessing
import os
import tempfile
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench.conversion.lists import LISTS
from bench.conversion.ways import Outcome, convert, subject

# for one way of one model, its judging included: the slowest take two minutes on a busy
# machine
SECONDS = 600
PRELOADED = "bench.conversion.preload"


def outcomes(
    listed: str, number: int, name: str, ways: Sequence[str]
) -> Iterator[Outcome]:
    """Convert the model with this number in a list in each of the ways.

    One that Keras cannot run ends it.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([PRELOADED])
    left = list(ways)
    while left:
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(listed, number, left, sender))
        process.start()
        sender.close()
        for outcome in _received(receiver, len(left)):
            if isinstance(outcome, str):
                raise SystemExit(
                    f"Keras must build and run {name}. Received: {outcome} Next step:"
                    " correct the list."
                )
            left.remove(outcome.way)
            yield outcome
        late = not _ended(process)
        if late:
            process.kill()
            process.join()
        if left:
            reason = (
                f"no answer after {SECONDS} s"
                if late
                else f"the process ended with {process.exitcode}"
            )
            yield Outcome(model=name, way=left.pop(0), kind="crashed", reason=reason)


def _received(receiver: Connection, count: int) -> Iterator[Outcome]:
    """Read until the answer is complete or late, or the process has ended."""
    with contextlib.suppress(EOFError):
        for _ in range(count):
            if not receiver.poll(SECONDS):
                return
            yield receiver.recv()


def _ended(process: Any) -> bool:
    process.join(10)  # one that has sent everything is about to end
    return not process.is_alive()


def _work(listed: str, number: int, ways: Sequence[str], sender: Connection) -> None:
    """In the process:

    build the model, and send the outcome of each way, or why there is no model.
    """
    import keras

    from tests.tfjs_cases.harness import randomise

    with open(os.devnull, "w") as nowhere:
        for stream in (1, 2):
            os.dup2(nowhere.fileno(), stream)
    name, build = LISTS[listed](keras)[number]
    try:
        one = subject(name, randomise(build(), seed=number))
    except Exception as error:  # packages raise anything
        sender.send(f"{type(error).__name__}: {error}")
        return
    with tempfile.TemporaryDirectory() as folder:
        for position, way in enumerate(ways):
            sender.send(convert(way, one, Path(folder) / str(position)))
