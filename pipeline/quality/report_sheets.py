"""Many small images in one PNG, so that a page with hundreds of them loads a single file."""

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

COLUMNS = 20


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A PNG with images of one size, in reading order, COLUMNS per row."""

    name: str  # of the file
    png: bytes
    height: int  # pixels of an image
    width: int
    images: int

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the whole sheet in pixels."""
        return -(-self.images // COLUMNS) * self.height, min(self.images, COLUMNS) * self.width

    def corner(self, index: int) -> tuple[int, int]:
        """Row and column of an image's first pixel."""
        return index // COLUMNS * self.height, index % COLUMNS * self.width


def make_sheet(name: str, images: npt.NDArray[Any]) -> Sheet:
    """Draw images (N, H, W) or (N, H, W, 3), of which there is at least one: uint8, or float in 0..1."""
    height, width = images.shape[1:3]
    pixels = images if images.dtype == np.uint8 else np.rint(images * 255).astype(np.uint8)
    sheet = Sheet(name=name, png=b"", height=height, width=width, images=len(images))
    canvas = np.zeros((*sheet.size, *images.shape[3:]), np.uint8)
    for index, image in enumerate(pixels):
        top, left = sheet.corner(index)
        canvas[top : top + height, left : left + width] = image
    file = io.BytesIO()
    Image.fromarray(canvas).save(file, "PNG", optimize=True)
    return Sheet(name=name, png=file.getvalue(), height=height, width=width, images=len(images))
