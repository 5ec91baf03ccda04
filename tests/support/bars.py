"""A progress that keeps what it is told, bars included."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.system.progress import Advance, Progress, ProgressWithBars


@dataclass
class Bar:
    """What was said of one piece of work."""

    title: str
    total: int | None
    counts: list[int] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    ended: bool = False


def recording(bars: list[Bar]) -> Progress:
    """A Progress that adds each bar to `bars` and ignores the lines."""

    @contextlib.contextmanager
    def draw_bar(title: str, total: int | None, unit: str) -> Iterator[Advance]:
        assert all(bar.ended for bar in bars), "one bar is open at a time"
        bars.append(bar := Bar(title, total))

        def advance(count: int, numbers: str = "") -> None:
            bar.counts.append(count)
            bar.numbers.append(numbers)

        yield advance
        bar.ended = True

    return ProgressWithBars(lambda line: None, draw_bar)
