"""Write `pipeline/pens/letters.npz`: letters of handwriting fonts, thinned to strokes.
Never their digits.

    python -m bench.font_letters fonts/*.woff

The fonts in JUDGES come last: their designers made none of the others, from which is
learned.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from bench.pack_pens import pack
from pipeline.pens.strokes import FONTS, LETTERS_FILE, Points

# the others look like digits in some hand: a D G I l O o Q S s Z z …
LETTERS = "cdefhjkmnprtuvwxACEFHJKLMNPRTUVWXY"
JUDGES = (
    "bad-script", "caveat", "delius", "gochi-hand", "handlee", "homemade-apple", "kalam", "nanum-pen-script", "neucha",
    "patrick-hand", "reenie-beanie",
)  # fmt: skip
POINTS = 90  # size of the font: strokes are some pixels wide
SHORTEST = 4  # pixels: what is left of a thick joint is no stroke
BEFORE = 6  # pixels that the direction of a stroke is taken from

Pixels = npt.NDArray[np.uint8]


def thinned(drawn: Pixels) -> Pixels:
    """The middle of strokes, one pixel wide, by Zhang and Suen's algorithm (1984)."""
    left = np.pad(drawn, 1)
    while True:
        before = left.sum()
        for first in (True, False):
            around = [
                np.roll(left, way, (0, 1))
                for way in (
                    (1, 0),
                    (1, -1),
                    (0, -1),
                    (-1, -1),
                    (-1, 0),
                    (-1, 1),
                    (0, 1),
                    (1, 1),
                )
            ]
            count = np.sum(around, axis=0)
            starts = np.sum(
                [(around[k] == 0) & (around[(k + 1) % 8] == 1) for k in range(8)],
                axis=0,
            )
            up, right, down, beside = around[::2]
            open_sides = (
                right * down * (up + beside) == 0
                if first
                else up * beside * (right + down) == 0
            )
            left[
                (left == 1) & (count >= 2) & (count <= 6) & (starts == 1) & open_sides
            ] = 0
        if left.sum() == before:
            return left[1:-1, 1:-1]


def traced(middle: Pixels) -> Iterator[Points]:
    """The strokes along these pixels: each goes on as straight as it can."""
    left = {(int(x), int(y)) for y, x in zip(*np.nonzero(middle), strict=True)}

    def beside(place: tuple[int, int]) -> list[tuple[int, int]]:
        x, y = place
        return [
            at for i in (-1, 0, 1) for j in (-1, 0, 1) if (at := (x + i, y + j)) in left
        ]

    while left:
        path = [
            min(left, key=lambda place: (len(beside(place)), place[1], place[0]))
        ]  # an end, where there is one
        left.remove(path[0])
        while choices := beside(path[-1]):
            here = np.array(path[-1])
            way = here - path[max(0, len(path) - BEFORE)]
            path.append(
                max(
                    choices,
                    key=lambda at: float((at - here) @ way / np.hypot(*(at - here))),
                )
            )
            left.remove(path[-1])
        if len(path) >= SHORTEST:
            yield np.array(path, np.float64)


def letters(path: Path) -> Iterator[tuple[str, list[Points]]]:
    """Each letter of a font with its strokes."""
    font = ImageFont.truetype(path, POINTS)
    for letter in LETTERS:
        square = Image.new("L", (3 * POINTS, 3 * POINTS))
        ImageDraw.Draw(square).text(
            (1.5 * POINTS, 1.5 * POINTS), letter, fill=255, font=font, anchor="mm"
        )
        if strokes := [*traced(thinned((np.asarray(square) > 127).astype(np.uint8)))]:
            yield letter, strokes


def main() -> None:
    paths = sorted(
        map(Path, sys.argv[1:]),
        key=lambda path: (path.name.startswith(JUDGES), path.name),
    )
    if len(paths) != FONTS or sum(
        path.name.startswith(JUDGES) for path in paths
    ) != len(JUDGES):
        raise SystemExit(
            f"There must be {FONTS} fonts, {len(JUDGES)} of them judges. Received: {len(paths)} files."
        )
    found = [
        (row, letter, strokes)
        for row, path in enumerate(paths)
        for letter, strokes in letters(path)
    ]
    arrays = pack(strokes for _, _, strokes in found)
    arrays |= {"labels": np.array([ord(letter) for _, letter, _ in found], np.uint8)}
    arrays |= {"writers": np.array([row for row, _, _ in found], np.uint8)}
    np.savez_compressed(LETTERS_FILE, allow_pickle=False, **arrays)


if __name__ == "__main__":
    main()
