"""Put the results of the last benchmark runs, from bench/results, into the
documentation. It measures nothing.

All tables go into docs/benchmarks.md, those of `faults` and `nights` into
docs/reliability.md, five numbers into README.md, and the bars into docs/bench.svg.
`python -m bench.readme` writes them; tests/test_docs.py fails when they are out of
date.
"""

import ast
import html
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
BENCHMARKS = HERE.parent / "docs" / "benchmarks.md"
RELIABILITY = HERE.parent / "docs" / "reliability.md"
CHART = HERE.parent / "docs" / "bench.svg"
START, END = "<!-- bench -->", "<!-- /bench -->"
# The order in docs/benchmarks.md. docs/hosting.md and docs/scale.md discuss `serving`
# and `scale`.
ORDER = (
    "train",
    "stream",
    "gpu",
    "build",
    "embed",
    "page",
    "convert",
    "formats",
    "drawings",
)
RELIABLE = ("faults", "nights")  # the order in docs/reliability.md
BAR_HEIGHT, LABELS_WIDTH, BARS_WIDTH = 26, 300, 420  # pixels


def results() -> dict[str, dict[str, Any]]:
    """The documents in bench/results, in that order."""
    return {
        name: _result(name)
        for name in ORDER
        if (HERE / "results" / f"{name}.json").exists()
    }


def tables() -> str:
    """All tables, for docs/benchmarks.md."""
    parts = []
    for name, document in results().items():
        docstring = (
            ast.get_docstring(ast.parse((HERE / f"{name}.py").read_text())) or ""
        )
        about = " ".join(docstring.split("\n\n")[0].split())
        parts += [f"## {name}", f"{_measured(document)} {about}", *document["tables"]]
    return "\n\n".join(parts)


def reliability() -> str:
    """The tables of faults and of nights, for docs/reliability.md."""
    parts = []
    for document in map(_result, RELIABLE):
        parts += [
            f"## {document['benchmark']}",
            _measured(document),
            *document["tables"],
        ]
    return "\n\n".join(parts)


def _result(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(
        (HERE / "results" / f"{name}.json").read_text()
    )
    return document


def _measured(document: dict[str, Any]) -> str:
    """How, when and where a benchmark ran."""
    machine = document["machine"]
    place = (
        f"{document['date'][:10]}, {machine['cores']} cores of {machine['processor']}"
    )
    return f"`{document['command']}` ({place})."


def summary() -> str:
    """Return five numbers, each beside its strongest rivals, for the README."""
    train = rows_of("train")
    build = rows_of("build")
    embed = rows_of("embed")
    convert = rows_of("convert")
    drawings = rows_of("drawings")

    trainer = _row(train, "pipeline")
    loop = _row(train, "NumPy, a loop")
    fit = train["Keras model.fit"]
    grouped_fit = train["Keras model.fit, steps_per_execution=100"]

    script = build["the tutorial's script (load, fit, evaluate)"]
    built = build["pipeline build (train to published page)"]
    unchanged = build["pipeline build, nothing changed"]

    ours = embed["embed.js with its element"]
    stock = embed["TensorFlow.js, cpu"]
    first = "first prediction, ms after the empty page"

    # A model that only returns its input is no achievement of a converter.
    converter = convert["ours: auto"]
    [computing] = [column for column in converter if column.startswith("of the ")]
    total = computing.split()[2]
    official = max(
        int(row[computing])
        for way, row in convert.items()
        if way.startswith("official")
    )
    lines = [
        "| measured | here | compared with |",
        "|---|---|---|",
        (
            "| training the tutorial's softmax, 20 epochs |"
            f" {_median(trainer['seconds'])} s |"
            f" a loop written in NumPy: {_median(loop['seconds'])} s; Keras `model.fit`"
            f" with `steps_per_execution=100`: {_median(grouped_fit['seconds'])} s;"
            f" `model.fit` as it is: {_median(fit['seconds'])} s |"
        ),
        (
            "| `pipeline build`, from training to the published page |"
            f" {_median(built['seconds'])} s; {_median(unchanged['seconds'])} s when"
            " nothing has changed | the tutorial's script, which only trains:"
            f" {_median(script['seconds'])} s |"
        ),
        (
            f"| first prediction in someone else's page | {ours['bytes on the wire']}"
            f" bytes, {_median(ours[first])} ms | stock TensorFlow.js:"
            f" {stock['bytes on the wire']} bytes, {_median(stock[first])} ms |"
        ),
        (
            "| Keras models that convert and match |"
            f" {converter[computing]} of {total} | the official converter, at its"
            f" best: {official} of {total} |"
        ),
        (
            "| digits that 20 other people drew, read correctly |"
            f" {drawings['softmax']['full']} | trained on MNIST alone:"
            f" {drawings['softmax, without pens']['full']} |"
        ),
    ]
    return "\n".join(lines)


def rows_of(name: str) -> dict[str, dict[str, str]]:
    """The rows of a benchmark's tables by their first cell, then by column; the first
    of equal ones.
    """
    found: dict[str, dict[str, str]] = {}
    for table in results()[name]["tables"]:
        header, _, *rows = [
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in table.splitlines()
        ]
        for row in rows:
            found.setdefault(row[0], dict(zip(header, row, strict=True)))
    return found


def _row(rows: dict[str, dict[str, str]], start: str) -> dict[str, str]:
    """Return the first row whose title starts like this."""
    return next(row for title, row in rows.items() if title.startswith(start))


def _median(cell: str) -> str:
    return cell.partition(" (")[0]  # without the smallest and the largest value


def renewed(page: Path, content: str) -> str:
    """The page with its part between the marks replaced."""
    before, _, rest = page.read_text().partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{content}\n{END}{after}"


def chart() -> str:
    """The seconds of the softmax's steps by each library, as an SVG of bars that
    follows the reader's colour scheme.
    """
    bars = results()["train"]["details"]["bars"]
    longest = max(bar["seconds"] for bar in bars)
    size = f'width="{LABELS_WIDTH + BARS_WIDTH + 60}" height="{BAR_HEIGHT * len(bars)}"'
    title = "; ".join(f"{bar['title']}: {bar['seconds']:.1f} s" for bar in bars)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        f"<title>{html.escape(title)}</title>",
        (
            "<style>text { font: 14px system-ui, sans-serif; fill: #24292f } rect {"
            " fill: #8c959f } .ours { fill: #0969da } @media (prefers-color-scheme:"
            " dark) { text { fill: #e6edf3 } .ours { fill: #58a6ff } }</style>"
        ),
    ]
    for row, bar in enumerate(bars):
        y, width = (
            row * BAR_HEIGHT,
            max(2, round(BARS_WIDTH * bar["seconds"] / longest)),
        )
        middle = y + BAR_HEIGHT - 8
        mark = ' class="ours"' if bar["ours"] else ""
        lines += [
            (
                f'<text x="{LABELS_WIDTH - 8}" y="{middle}"'
                f' text-anchor="end">{html.escape(bar["title"])}</text>'
            ),
            (
                f'<rect x="{LABELS_WIDTH}" y="{y + 4}" width="{width}"'
                f' height="{BAR_HEIGHT - 8}"{mark}/>'
            ),
            (
                f'<text x="{LABELS_WIDTH + width + 6}"'
                f' y="{middle}">{bar["seconds"]:.1f} s</text>'
            ),
        ]
    return "\n".join([*lines, "</svg>"]) + "\n"


def written() -> dict[Path, str]:
    """Every file that this module writes, with its content."""
    return {
        README: renewed(README, summary()),
        BENCHMARKS: renewed(BENCHMARKS, tables()),
        RELIABILITY: renewed(RELIABILITY, reliability()),
        CHART: chart(),
    }


def main() -> None:
    for path, text in written().items():
        path.write_text(text)


if __name__ == "__main__":
    main()
