"""Put the tables of the last runs, from bench/results, into the README, and draw its picture. It measures nothing.

`python -m bench.readme` writes; the README's test fails where the two differ.
"""

import ast
import html
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
PICTURE = HERE.parent / "docs" / "bench.svg"
START, END = "<!-- bench -->", "<!-- /bench -->"
# What the README shows, in this order; docs/scale.md tells of `serving` and `scale`.
ORDER = ("train", "stream", "gpu", "build", "embed", "page", "convert", "drawings")
BAR_HEIGHT, LABELS_WIDTH, BARS_WIDTH = 26, 300, 420  # pixels


def results() -> dict[str, dict[str, Any]]:
    """What stands in bench/results, in the order of the README."""
    found = {path.stem: json.loads(path.read_text()) for path in (HERE / "results").glob("*.json")}
    return {name: found[name] for name in ORDER if name in found}


def render() -> str:
    """The README's part between the marks."""
    parts = []
    for name, document in results().items():
        docstring = ast.get_docstring(ast.parse((HERE / f"{name}.py").read_text())) or ""
        about = " ".join(docstring.split("\n\n")[0].split())
        machine = document["machine"]
        place = f"{document['date'][:10]}, {machine['cores']} cores of {machine['processor']}"
        parts += [f"`{document['command']}` ({place}). {about}", *document["tables"]]
    return "\n\n".join(parts)


def readme() -> str:
    """The README with that part renewed."""
    before, _, rest = README.read_text().partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{render()}\n{END}{after}"


def picture() -> str:
    """The seconds of the softmax's steps by each library, as an SVG of bars that follows the reader's colour scheme."""
    bars = results()["train"]["results"]["bars"]
    longest = max(bar["seconds"] for bar in bars)
    size = f'width="{LABELS_WIDTH + BARS_WIDTH + 60}" height="{BAR_HEIGHT * len(bars)}"'
    title = "; ".join(f"{bar['title']}: {bar['seconds']:.1f} s" for bar in bars)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        f"<title>{html.escape(title)}</title>",
        "<style>text { font: 14px system-ui, sans-serif; fill: #24292f } rect { fill: #8c959f } .ours { fill: #0969da }"
        " @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .ours { fill: #58a6ff } }</style>",
    ]
    for row, bar in enumerate(bars):
        y, width = row * BAR_HEIGHT, max(2, round(BARS_WIDTH * bar["seconds"] / longest))
        middle = y + BAR_HEIGHT - 8
        mark = ' class="ours"' if bar["ours"] else ""
        lines += [
            f'<text x="{LABELS_WIDTH - 8}" y="{middle}" text-anchor="end">{html.escape(bar["title"])}</text>',
            f'<rect x="{LABELS_WIDTH}" y="{y + 4}" width="{width}" height="{BAR_HEIGHT - 8}"{mark}/>',
            f'<text x="{LABELS_WIDTH + width + 6}" y="{middle}">{bar["seconds"]:.1f} s</text>',
        ]
    return "\n".join([*lines, "</svg>"]) + "\n"


def main() -> None:
    README.write_text(readme())
    PICTURE.write_text(picture())


if __name__ == "__main__":
    main()
