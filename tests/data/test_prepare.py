import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import numpy.typing as npt
import pytest

from pipeline.data import prepare as data_stage
from pipeline.data.arrays import load_images
from pipeline.data.prepare import default_cache_dir, prepare_data, settle_inversion
from pipeline.errors import ConfigError, DataError
from pipeline.recipes.fields import PreprocessRecipe
from pipeline.recipes.reading import Recipe
from pipeline.records import Dataset
from pipeline.system import numpy_files

Prepare = Callable[[Path], Dataset]

Arrays = dict[str, npt.NDArray[Any]]


def arrays(**changes: Any) -> Arrays:
    """A sound little data set: 12 + 6 different images of 3 classes."""
    pixels = np.random.default_rng(0).integers(0, 256, (18, 6, 5), np.uint8)
    pixels[:, [0, -1], :] = pixels[:, :, [0, -1]] = 0  # dark edges
    sound = {
        "x_train": pixels[:12],
        "y_train": np.arange(12) % 3,
        "x_test": pixels[12:],
        "y_test": np.arange(6) % 3,
    }
    return sound | {key: np.asarray(value) for key, value in changes.items()}


def saved(path: Path, **changes: Any) -> Path:
    # objects as well, which must be refused
    np.savez(path, allow_pickle=True, **arrays(**changes))
    return path


def floats(key: str, **at: float) -> npt.NDArray[np.float64]:
    values = arrays()[key] / 255
    values[2, 3, 1] = at["value"]
    return values


def label(key: str, row: int, value: int) -> npt.NDArray[np.int64]:
    values = arrays()[key].copy()
    values[row] = value
    return values


def test_mnist_is_recorded(mnist: Dataset) -> None:
    assert mnist.name == "mnist"
    assert (mnist.train_images, mnist.test_images) == (60_000, 10_000)
    assert (mnist.image_height, mnist.image_width) == (28, 28)
    assert mnist.labels == tuple("0123456789")
    assert (mnist.license, mnist.attribution) == (
        "CC-BY-SA-3.0",
        "Yann LeCun and Corinna Cortes",
    )
    # no test image stands in the training images, and its ground is dark
    assert mnist.warnings == ()
    # sha256sum of the four files in the order of IDX_FILES | sha256sum
    assert (
        mnist.digest
        == "d0a3eec1f5a454401d758fdbf15b9b0163a7034963586d671960c180b97e2c1a"
    )


def test_mnist_in_the_cache_is_not_checked_again(
    mnist: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        data_stage, "check_arrays", lambda *_: pytest.fail("checked the arrays again")
    )
    again = prepare_data(
        "mnist", cache_dir=default_cache_dir(), work_dir=tmp_path / "none"
    )
    assert again.source == "cache"
    assert again.digest == mnist.digest
    assert not (tmp_path / "none").exists()


def test_a_file_is_recorded_with_its_path(
    tmp_path: Path, prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = {
        "y_test": np.array([0, 1, 2] * 2, np.uint8),
        "labels": ["cat", "dog", "Möwe"],
    }
    path = saved(tmp_path / "Über Meine_Skizzen 2.npz", **labels)
    monkeypatch.chdir(tmp_path)
    dataset = prepare(Path(path.name))
    assert dataset.name == "uber-meine-skizzen-2"
    assert dataset.source == "file"
    assert dataset.path == str(path)
    assert dataset.labels == ("cat", "dog", "Möwe")
    assert (dataset.image_height, dataset.image_width) == (6, 5)
    assert (dataset.train_images, dataset.test_images) == (12, 6)
    assert dataset.warnings == ()
    images = load_images(dataset)
    assert images.train.shape == (12, 6, 5)
    assert (images.test_labels.tolist(), images.test_labels.dtype) == (
        [0, 1, 2] * 2,
        np.int64,
    )
    assert prepare(saved(tmp_path / "x.npz")).labels == ("0", "1", "2")  # without names


@pytest.mark.parametrize("kind", ["float16", "float32", "float64", ">f4"])
def test_float_images_and_a_last_axis_of_one_are_taken(
    tmp_path: Path, prepare: Prepare, kind: str
) -> None:
    both = {
        key: (arrays()[key][..., np.newaxis] / 255).astype(kind)
        for key in ("x_train", "x_test")
    }
    images = load_images(prepare(saved(tmp_path / "x.npz", **both)))
    assert images.train.dtype == np.float32
    assert images.train.shape == (12, 6, 5)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "transparent": ({"x_train": np.zeros((12, 6, 5, 4), np.uint8)}, r"N×H×W in grey or N×H×W×3 in color.*12×6×5×4"),
    "colors for tests only": ({"x_test": np.full((6, 6, 5, 3), 9, np.uint8)}, r"same size.*12×6×5 in x_train.*6×6×5×3"),
    "color that is not finite": (
        {key: np.full((12 if "train" in key else 6, 6, 5, 3), np.nan) for key in ("x_train", "x_test")},
        r"within 0..1. Received: nan in image 0 of x_train, row 0",
    ),
    "a table": ({"x_test": np.zeros((6, 30), np.uint8)}, r"x_test must be images.* 6×30.*`pipeline export` takes"),
    "16 bits": ({"x_train": arrays()["x_train"].astype("uint16") * 257}, r"uint16. Save .*: x_train / 65535"),
    "texts": ({"y_train": np.array(list("abc") * 4)}, r"y_train must .* integers.*np.unique\(y, return_inverse=True"),
    "long names": ({"labels": np.array(["a", "b", "c" * 101])}, r"at most 100 characters. Received: 'c{101}'"),
    "whole numbers": ({"x_train": arrays()["x_train"].astype(int)}, r"uint8 \(0..255\) or float.*int64.*astype"),
    "small": ({"x_train": np.ones((12, 3, 5), np.uint8)}, r"4 to 256 pixels high and wide.*12×3×5 in x_train"),
    "large": ({"x_train": np.ones((12, 5, 257), np.uint8)}, r"4 to 256 pixels high and wide.*12×5×257"),
    "two sizes": ({"x_test": np.full((6, 5, 6), 9, np.uint8)}, r"same size and type.*12×6×5 in x_train.*6×5×6 in x_t"),
    "two types": ({"x_test": arrays()["x_test"] / 255}, r"same size and type. Received: uint8.*float32"),
    "no test image": (
        {"x_test": np.zeros((0, 6, 5), np.uint8), "y_test": np.zeros(0, int)},
        r"x_test must not be empty. Received: uint8 0×6×5",
    ),
    "bits": ({"x_train": arrays()["x_train"] // 128}, r"must use 0..255. Received: no value above 1 in x_train"),
    "NaN": ({"x_train": floats("x_train", value=np.nan)}, r"within 0..1. Received: nan in image 2 of x_train, row 3"),
    "huge": ({"x_train": floats("x_train", value=1e300)}, r"Received: inf in image 2"),
    "not divided": ({"x_train": floats("x_train", value=255.0)}, r"Received: 255 in image 2.*Divide by 255 or save"),
    "negative": ({"x_train": floats("x_train", value=-0.5)}, r"finite and within 0..1. Received: -0.5"),
    "one-hot": ({"y_train": np.eye(3)[arrays()["y_train"]]}, r"y_train must be .* integers.*12×3.*argmax\(axis=1\)"),
    "too few labels": ({"y_train": np.arange(11) % 3}, r"one label per image. Received: 11 labels for 12 images"),
    "label too high": ({"y_test": label("y_test", 4, 3)}, r"0..2, from the largest label.* 3 at row 4 of y_test"),
    "label too high for its names": (
        {"y_train": label("y_train", 7, 3), "labels": ["a", "b", "c"]},
        r"0..2, because labels .*Received: 3 at row 7 of y_train.*one name per class",
    ),
    "negative label": ({"y_train": label("y_train", 1, -1)}, r"Received: -1 at row 1 of y_train"),
    "enormous label": ({"y_train": label("y_train", 1, 2**62)}, r"may have 2,000. Received: 4,611,686,018,427,387,905"),
    "class missing in training": ({"y_train": np.arange(12) % 2 * 2}, r"no image of class 1 in y_train"),
    "class missing in test": ({"y_test": np.arange(6) % 2}, r"Every class must be.*no image of class 2 in y_test"),
    "name without images": ({"labels": list("abcde")}, r"no image of class 3 in y_train \(and of 1 more\)"),
    "one class": ({"y_train": np.zeros(12, int), "y_test": np.zeros(6, int)}, "and may have 2,000. Received: 1"),
    "names as bytes": ({"labels": np.array([b"a", b"b", b"c"])}, r"labels must be .* strings.*S1 3"),
    "no character": (
        {"labels": np.array([0x110000, 98, 99], "u4").view("U1")},
        "labels must be texts. Received: ",
    ),
    "repeated name": ({"labels": ["a", "b", "a"]}, r"distinct, printable names.*Received: 'a'"),
    "name in two forms": ({"labels": ["Ä", "A\u0308", "c"]}, r"distinct.*Received: 'Ä' twice"),
    "empty name": ({"labels": ["a", " ", "c"]}, r"distinct, printable names.*Received: ' '"),
    "line break in a name": ({"labels": ["a", "b\nc", "d"]}, r"Received: 'b\\nc'"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_file_is_refused(
    tmp_path: Path, prepare: Prepare, changes: dict[str, Any], message: str
) -> None:
    path = saved(tmp_path / "x.npz", **changes)
    with pytest.raises(DataError, match=message) as refusal:
        prepare(path)
    assert refusal.value.exit_code == 5
    with pytest.raises(DataError):  # nor is it taken for checked the second time
        prepare(path)


@pytest.mark.parametrize(
    "source", ["nothing.npz", "minst", "", "~nobody-here/x.npz", "a\0b.npz", "x" * 5000]
)
def test_a_path_that_cannot_be_read_is_refused(tmp_path: Path, source: str) -> None:
    expected = f"The data set {source!r} cannot be read. Received: "
    with pytest.raises(
        DataError,
        match=re.escape(expected) + ".*Use mnist, or the path of an .npz file",
    ):
        prepare_data(source, cache_dir=tmp_path, work_dir=tmp_path)


def test_devices_and_paths_that_are_no_text_are_refused(prepare: Prepare) -> None:
    with pytest.raises(DataError, match="Received: neither a file nor a folder"):
        prepare(Path("/dev/null"))
    with pytest.raises(
        DataError, match=r"'caf\\udce9.npz' cannot be read. Received: .*utf-8"
    ):
        prepare(Path("caf\udce9.npz"))


def test_repeated_test_images_are_counted(tmp_path: Path, prepare: Prepare) -> None:
    test = arrays()["x_test"].copy()
    test[[1, 4]] = arrays()["x_train"][[3, 3]]
    found = prepare(saved(tmp_path / "x.npz", x_test=test))
    (warning,) = found.warnings
    assert warning.startswith("2 of 6 test images are also training images")
    assert (found.repeated_test_images, found.repeated) == (2, ((1, 3), (4, 3)))


def test_dark_on_bright_images_are_detected_for_auto(
    tmp_path: Path, prepare: Prepare
) -> None:
    bright = {key: 255 - arrays()[key] for key in ("x_train", "x_test")}
    floating = {key: pixels / 255 for key, pixels in bright.items()}
    dark = prepare(saved(tmp_path / "z.npz"))
    for dataset in (
        prepare(saved(tmp_path / "x.npz", **bright)),
        prepare(saved(tmp_path / "y.npz", **floating)),
        dark,
    ):
        assert dataset.dark_on_bright == (dataset is not dark)
        recipe, settled = settle_inversion(Recipe(name="x"), dataset)
        assert recipe.preprocess.invert is dataset.dark_on_bright
        assert settled.warnings == ()


@pytest.mark.parametrize("dark_on_bright", [True, False])
def test_a_recipe_that_says_the_opposite_of_the_data_is_followed_with_a_warning(
    dark_on_bright: bool, tmp_path: Path, prepare: Prepare
) -> None:
    images = {
        key: 255 - arrays()[key] if dark_on_bright else arrays()[key]
        for key in ("x_train", "x_test")
    }
    dataset = prepare(saved(tmp_path / "x.npz", **images))
    right = Recipe(name="x", preprocess=PreprocessRecipe(invert=dark_on_bright))
    assert settle_inversion(right, dataset) == (right, dataset)
    wrong = Recipe(name="x", preprocess=PreprocessRecipe(invert=not dark_on_bright))
    recipe, settled = settle_inversion(wrong, dataset)
    assert recipe == wrong
    (warning,) = settled.warnings
    assert f"look {'dark on bright' if dark_on_bright else 'bright on dark'}" in warning
    assert f"invert = {'false' if dark_on_bright else 'true'}" in warning


def test_a_checked_file_is_not_checked_again(
    tmp_path: Path, prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path / "x.npz")
    first = prepare(path)
    with monkeypatch.context() as patch:
        patch.setattr(
            data_stage, "check_arrays", lambda *_: pytest.fail("checked again")
        )
        assert prepare(path) == first
        copy = tmp_path / "copy.npz"
        copy.write_bytes(path.read_bytes())
        assert prepare(copy).name == "copy"
    (note,) = (tmp_path / "cache").glob("checked-*/*.json")
    note.write_text("{}")
    assert prepare(path) == first  # a damaged note counts for nothing
    saved(path, y_test=[2, 1, 0, 2, 1, 0])
    assert prepare(path).digest != first.digest


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    path = saved(tmp_path / "x.npz")
    with pytest.raises(
        DataError,
        match=r"The cache must be writable\. Received: .*/cache/.*Set PIPELINE_CACHE",
    ):
        prepare_data(str(path), cache_dir=tmp_path / "cache", work_dir=tmp_path)


def test_the_cache_folder_follows_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PIPELINE_CACHE", str(tmp_path / "mine"))
    assert default_cache_dir() == tmp_path / "mine"
    monkeypatch.delenv("PIPELINE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache_dir() == tmp_path / "keras-web-pipeline"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_cache_dir() == tmp_path / ".cache" / "keras-web-pipeline"


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("MNIST", "mnist"),
        ("a  b__c", "a-b-c"),
        ("../x", "x"),
        ("数字", "data"),
        ("-", "data"),
        ("a" * 99, "a" * 64),
    ],
)
def test_names_are_safe_in_folders_and_addresses(stem: str, name: str) -> None:
    assert data_stage.data_name(f"{stem}.npz") == name


def test_an_npz_file_is_refused_for_what_it_declares_before_it_is_read(
    tmp_path: Path, prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixty million pictures deflate to 4 MB."""
    monkeypatch.setattr(data_stage, "digest", lambda _: pytest.fail("read the file"))
    monkeypatch.setattr(numpy_files, "NPZ_BYTES", 3000)
    with pytest.raises(
        DataError,
        match=(
            r"must fit into memory. Received: an archive that unpacks to .* than 3,000"
        ),
    ):
        prepare(saved(tmp_path / "x.npz", x_train=np.zeros((99, 6, 5), np.uint8)))


@pytest.mark.parametrize("name", ["x_train.npy", "train/a/x.png"])
def test_a_pipe_in_a_folder_is_refused_at_once(
    name: str, tmp_path: Path, prepare: Prepare
) -> None:
    folder = tmp_path / "data"
    (folder / name).parent.mkdir(parents=True)
    os.mkfifo(folder / name)
    (folder / "test/a").mkdir(parents=True)
    (folder / "test/a/x.png").write_bytes(b"")
    with pytest.raises(DataError, match=re.escape(name)):
        prepare(folder)


def test_a_user_without_a_home_is_told_what_to_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PIPELINE_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    # for a number that the system does not list
    unlisted = RuntimeError("Could not determine home directory.")
    monkeypatch.setattr(Path, "home", Mock(side_effect=unlisted))
    with pytest.raises(
        ConfigError, match=r"Could not determine home directory\. Set PIPELINE_CACHE"
    ):
        default_cache_dir()
