"""Data sets, damaged: archives and folders of arrays, IDX files and images."""

import functools
import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pipeline.data import checks
from pipeline.data.array_files import IDX_FILES, write_idx
from pipeline.data.arrays import load_images, read_arrays
from pipeline.data.prepare import prepare_data
from pipeline.recipes.fields import DataRecipe
from tests.support.fuzz.mutations import damage_file, damaged, write_zip


def _arrays() -> dict[str, Any]:
    pixels = np.random.default_rng(0).integers(0, 256, (24, 6, 5), np.uint8)
    labels = np.arange(24) % 3
    x, y = (
        {"x_train": pixels[:16], "x_test": pixels[16:]},
        {"y_train": labels[:16], "y_test": labels[16:]},
    )
    return {**x, **y, "labels": np.array(["a", "b", "c"])}


def _other(rng: random.Random, array: Any) -> Any:
    """Another array that NumPy writes without complaint:

    of another type, shape or range.
    """
    kind = rng.choice(
        (
            "uint8",
            "int8",
            "uint64",
            ">i2",
            "float16",
            "float64",
            "bool",
            "complex64",
            "U3",
            "S2",
            "M8[s]",
        )
    )
    if array.dtype.kind == "U":
        return rng.choice(
            (
                array[:1],
                array[::-1],
                np.array(["a", "a", "b"]),
                np.array(["", "b", "c"]),
                array.astype("S"),
            )
        )
    changes: tuple[Callable[[], Any], ...] = (
        lambda: array.astype(kind),
        lambda: array.astype(np.float32) / rng.choice((255, 1, -1)),
        lambda: np.full(array.shape, rng.choice((np.nan, np.inf, -1e300, 0.5)), rng.choice(("f2", "f4", "f8"))),
        lambda: array.astype(np.int64) * rng.choice((-1, 2, 2**40)),
        lambda: array.reshape(-1), lambda: array[..., np.newaxis], lambda: array[: rng.randrange(len(array))],
        lambda: np.repeat(array, rng.choice((2, 300)), axis=array.ndim - 1),
        lambda: np.asfortranarray(array.T), lambda: array[0], lambda: np.zeros((0, *array.shape[1:]), array.dtype),
    )  # fmt: skip
    with np.errstate(all="ignore"):
        return rng.choice(changes)()


def _npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def use_data(path: Path, size: int = 0) -> None:
    recipe = DataRecipe(size=size)
    load_images(
        prepare_data(
            str(path),
            cache_dir=path.parent / "cache",
            work_dir=path.parent,
            recipe=recipe,
        )
    )


def make_npz(rng: random.Random, folder: Path) -> None:
    method = rng.choice(
        (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
            zipfile.ZIP_DEFLATED,
            zipfile.ZIP_BZIP2,
        )
    )
    members = {f"{key}.npy": _npy(array) for key, array in _arrays().items()}
    inside = rng.random() < 0.7
    for name in rng.sample(sorted(members), rng.choice((1, 1, 2))) if inside else ():
        draw = rng.random()
        if draw < 0.5:
            members[name] = _npy(_other(rng, _arrays()[name.removesuffix(".npy")]))
        else:
            members[name] = (
                damaged(rng, members[name]) if draw < 0.95 else bytes(20_000_000)
            )
    path = folder / "x.npz"
    write_zip(path, members, method)
    if not inside:
        damage_file(rng, path)


def make_npy(rng: random.Random, folder: Path) -> None:
    (folder / "data").mkdir()
    for key, array in _arrays().items():
        np.save(folder / "data" / f"{key}.npy", array)
    for path in rng.sample(sorted(folder.glob("data/*.npy")), rng.choice((1, 1, 2))):
        if rng.random() < 0.5:
            np.save(path, _other(rng, _arrays()[path.stem]))
        else:
            damage_file(rng, path)


def make_idx(rng: random.Random, folder: Path) -> None:
    for key, name in IDX_FILES.items():
        (folder / name).write_bytes(write_idx(_arrays()[key].astype(np.uint8)))
    for name in rng.sample(sorted(IDX_FILES.values()), rng.choice((1, 1, 2))):
        damage_file(rng, folder / name)


def use_idx(folder: Path) -> None:
    checks.check_arrays(read_arrays(folder), "")


@functools.cache
def _picture(suffix: str, mode: str) -> bytes:
    file = io.BytesIO()
    pixels = np.random.default_rng(1).integers(0, 256, (8, 10), np.uint8)
    image = Image.fromarray(pixels).convert(mode)
    exif = image.getexif()
    exif[0x0112] = 3  # turned by 180°
    options = {} if suffix == "bmp" else {"exif": exif}
    image.save(file, {"jpg": "JPEG"}.get(suffix, suffix.upper()), **options)
    return file.getvalue()


def make_images(rng: random.Random, folder: Path) -> None:
    kinds = [("png", mode) for mode in ("L", "RGBA", "P", "I;16")] + [
        (kind, "RGB") for kind in ("jpg", "bmp", "webp")
    ]
    for split in ("train", "test"):
        for label in ("a", "b"):
            place = folder / "data" / split / label
            place.mkdir(parents=True)
            for number in range(2):
                suffix, mode = rng.choice(kinds)
                (place / f"{number}.{suffix}").write_bytes(_picture(suffix, mode))
    for path in rng.sample(sorted(folder.glob("data/*/*/*")), rng.choice((1, 1, 2))):
        damage_file(rng, path)


def start() -> None:
    from pipeline.system.tensorflow import start_tensorflow

    start_tensorflow("cpu")
