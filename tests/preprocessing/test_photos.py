"""The steps for pictures:

what they keep, what they refuse, and that they are what Keras' own preprocessing is.
"""

import json
import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.exporting.image_metadata import MODES
from pipeline.preprocessing.apply import prepare_drawing, prepare_images
from pipeline.preprocessing.steps import LARGEST_SIDE
from tests.fixtures.reference_pictures import CAFFE, TF, TORCH, Steps, picture, start
from tests.support.pages import ROOT, code_blocks

# Rounding to float32 takes 6e-8 of values up to 1; sums of a few hundred doubles take
# nothing beside it.
ATOL = 1e-6

PHOTOS = (ROOT / "docs/photos.md").read_text()

SIDE = st.integers(1, 40)
NAME = st.sampled_from(["cover", "contain", "stretch"])


def resized(name: str, height: int, width: int, **more: float) -> dict[str, Any]:
    background = {"background": 0.25} if name == "contain" else {}
    return {"step": name, "height": height, "width": width, **background, **more}


def prepared(
    rgba: npt.NDArray[np.uint8], *steps: dict[str, Any]
) -> npt.NDArray[np.float32]:
    result = prepare_drawing(rgba, steps)
    assert result is not None
    return result


@given(SIDE, SIDE, SIDE, SIDE, NAME, st.integers(0, 255))
def test_one_colour_stays_at_any_size(
    rows: int, columns: int, height: int, width: int, name: str, value: int
) -> None:
    rgba = np.full((rows, columns, 4), 255, np.uint8)
    rgba[..., :3] = (value, 255 - value, 7)
    step = resized(
        name, height, width, **({"background": 7 / 255} if name == "contain" else {})
    )
    result = prepared(rgba, start(), step)
    assert result.shape == (height, width, 3)
    # the background's own shade: everywhere
    np.testing.assert_allclose(result[..., 2], 7 / 255, rtol=0, atol=ATOL)
    middle = result[height // 2, width // 2]
    if name != "contain":  # there the middle may lie on a border
        np.testing.assert_allclose(
            middle, [value / 255, 1 - value / 255, 7 / 255], rtol=0, atol=ATOL
        )


@given(SIDE, SIDE, SIDE, SIDE, NAME, st.integers(0, 99))
def test_a_mirrored_picture_stays_one(
    rows: int, columns: int, height: int, width: int, name: str, seed: int
) -> None:
    rgba = picture(rows, columns, seed)
    upright, turned = (
        prepared(one, start(), resized(name, height, width))
        for one in (rgba, rgba[::-1, ::-1])
    )
    np.testing.assert_allclose(turned[::-1, ::-1], upright, rtol=0, atol=ATOL)


def test_covering_cuts_off_what_containing_keeps() -> None:
    rgba = np.zeros((10, 30, 4), np.uint8)
    rgba[..., 3] = 255
    rgba[:, :10, 0] = 255  # red on the left, green in the middle, blue on the right
    rgba[:, 10:20, 1] = 255
    rgba[:, 20:, 2] = 255
    np.testing.assert_allclose(
        prepared(rgba, start(), resized("cover", 2, 2)),
        [[[0, 1, 0]] * 2] * 2,
        atol=ATOL,
    )
    contained = prepared(rgba, start(), resized("contain", 3, 3, background=1))
    np.testing.assert_allclose(contained[1], np.eye(3), atol=ATOL)
    np.testing.assert_allclose(contained[[0, 2]], 1, atol=ATOL)


def test_a_photo_is_never_empty_unless_it_is_all_clear() -> None:
    steps = [start(), resized("cover", 3, 3)]
    black = np.zeros((8, 8, 4), np.uint8)
    assert prepare_drawing(black, steps) is None
    black[3, 3, 3] = 1
    assert prepare_drawing(black, steps) is not None
    black[..., 3] = 255
    assert not prepared(black, *steps).any()


def test_transparency_shows_the_background() -> None:
    # a fifth opaque in the middle
    rgba = np.array([[[255, 0, 0, 0], [255, 0, 0, 51], [255, 0, 0, 255]]], np.uint8)
    expected = [[0.5, 0.5, 0.5], [0.6, 0.4, 0.4], [1.0, 0.0, 0.0]]
    np.testing.assert_allclose(
        prepared(rgba, start(background=0.5))[0], expected, atol=ATOL
    )
    grey = prepared(rgba, start("grey", 0.5))[0]
    np.testing.assert_allclose(grey, [0.5, 0.6 * 0.299 + 0.4 * 0.701, 0.299], atol=ATOL)


@pytest.mark.parametrize(
    ("mode", "steps"), [("tf", TF), ("torch", TORCH), ("caffe", CAFFE)]
)
def test_the_steps_are_what_preprocess_input_does(mode: str, steps: Steps) -> None:
    from keras.src.applications.imagenet_utils import preprocess_input

    pixels = picture(9, 7, 3)[np.newaxis, ..., :3]
    expected = preprocess_input(
        pixels.astype(np.float32), data_format="channels_last", mode=mode
    )
    # float32 sums there: 6e-8 of values up to 255, and of the mean that is taken off.
    np.testing.assert_allclose(
        prepare_images(pixels, steps),
        expected,
        rtol=0,
        atol=5e-5 if mode == "caffe" else 1e-6,
    )


@pytest.mark.parametrize(
    ("rows", "columns", "side"), [(60, 81, 32), (37, 20, 24), (10, 9, 23)]
)
def test_averaging_is_what_tensorflow_calls_area(
    rows: int, columns: int, side: int
) -> None:
    import tensorflow as tf

    rgba = picture(rows, columns, 8)
    expected = tf.image.resize(
        rgba[..., :3].astype(np.float32) / 255, (side, side), method="area"
    )
    result = prepared(rgba, start(), resized("stretch", side, side))
    # it adds float32; 2e-5 seen at larger sizes
    np.testing.assert_allclose(result, expected, rtol=0, atol=5e-5)


def test_the_documentation_has_the_steps_of_keras_modes_and_names_all() -> None:
    assert [MODES[mode] for mode in ("tf", "torch", "caffe")] == [TF, TORCH, CAFFE]
    assert re.findall(r"^\| `(\w[\w-]*)` \|", PHOTOS, re.MULTILINE) == [
        "0-255",
        "0-1",
        "tf",
        "torch",
        "caffe",
    ]
    [steps] = map(json.loads, code_blocks(PHOTOS, "json"))
    assert steps["image"] == TF
    assert prepared(picture(30, 50, 1), *steps["drawing"]).shape == (224, 224, 3)


@pytest.mark.parametrize(("steps", "message"), [
    (
        [start(), {"step": "center", "height": 4, "width": 4}],
        "center works on ink only. Received: center after rgb",
    ),
    ([start(), start("grey")], "must start with ink, grey or rgb, and use it only there"),
    ([start(background=2)], "background of the step rgb must be in 0..1"),
    ([start(), resized("cover", 4, LARGEST_SIDE + 1)], f"from 1 to {LARGEST_SIDE}"),
    ([start(), {"step": "contain", "height": 4, "width": 4}], "needs the parameter 'background'"),
])  # fmt: skip
def test_a_wrong_step_for_photos_is_refused(steps: Steps, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        prepare_drawing(picture(8, 8, 1), steps)


@pytest.mark.parametrize(("channels", "steps", "message"), [
    (3, [{"step": "deskew"}], "deskew needs images N×H×W. Received: shape"),
    (3, [{"step": "channel"}], "channel needs images N×H×W. Received: shape"),
    (1, [{"step": "bgr"}], "Start the drawing with rgb"), (1, TORCH, r"as many as the image has channels \(1\)"),
    (3, [{"step": "normalize", "mean": [0.5, 0.5], "deviation": 1}], r"channels \(3\). Received: \[0.5, 0.5\]"),
    (3, [{"step": "normalize", "mean": 0, "deviation": [1, 0, 1]}],
        "deviation of the step normalize must be above"),
    (3, [{"step": "normalize", "mean": [], "deviation": 1}], "must be a finite number"),
    (3, [{"step": "flatten"}, *TF], "normalize needs images N×H×W or N×H×W×3"),
])  # fmt: skip
def test_a_wrong_step_for_pictures_is_refused(
    channels: int, steps: Steps, message: str
) -> None:
    pixels = picture(6, 6, 1)[np.newaxis, ..., :3]
    with pytest.raises(ConfigError, match=message):
        prepare_images(pixels if channels == 3 else pixels[..., 0], steps)
