import base64
import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.data.arrays import load_images
from pipeline.errors import ConfigError, DataError
from pipeline.preprocessing.apply import CHUNK, prepare_drawing, prepare_images, to_ink
from pipeline.records import Dataset
from tests.fixtures.make_preprocess import (
    ALIGN,
    DESKEW,
    DRAWING,
    FIVE,
    PATH,
    REDRAWN,
    Bytes,
    Steps,
    draw,
    make,
)

# Promise of the twins. Values are at most 1, so rounding to float32 takes 6e-8 of it;
# worst seen 4e-15 here.
ATOL = 1e-6

GOLDEN = json.loads(PATH.read_text(encoding="utf-8"))
INK = st.integers(30, 255)  # well above NOISE, so that rounding decides nothing


def floats(text: str) -> npt.NDArray[np.float32]:
    return np.frombuffer(base64.b64decode(text), "<f4")


def pixels(case: dict[str, Any]) -> Bytes:
    runs = np.array(case["runs"], int).reshape(-1, 2)
    colours = np.array(case["palette"], np.uint8).reshape(-1, 4)
    flat = colours[np.repeat(runs[:, 1], runs[:, 0])]
    return np.asarray(flat.reshape(case["height"], case["width"], 4))


@pytest.mark.parametrize("case", GOLDEN["drawings"], ids=lambda case: case["name"])
def test_a_drawing_becomes_the_golden_picture(case: dict[str, Any]) -> None:
    picture = prepare_drawing(pixels(case), case["steps"])
    if case["expected"] is None:
        assert picture is None
    else:
        assert picture is not None
        assert picture.dtype == np.float32
        channels = (3,) if case["steps"][0]["step"] == "rgb" else ()
        for step in [step for step in case["steps"] if "height" in step][-1:]:
            assert picture.shape == (step["height"], step["width"], *channels)
        np.testing.assert_allclose(
            picture.ravel(), floats(case["expected"]), rtol=0, atol=ATOL
        )


@pytest.mark.parametrize("case", GOLDEN["images"], ids=lambda case: case["name"])
def test_an_image_becomes_the_golden_input(case: dict[str, Any]) -> None:
    channels = (case["channels"],) if "channels" in case else ()
    image = np.frombuffer(base64.b64decode(case["pixels"]), np.uint8).reshape(
        case["height"], case["width"], *channels
    )
    # In a batch, at a place where it is not the first of its chunk.
    batch = np.concatenate(
        [np.zeros((CHUNK + 1, *image.shape), np.uint8), image[np.newaxis]]
    )
    prepared = prepare_images(batch, case["steps"])
    factor = max([1.0, *(step.get("factor", 1.0) for step in case["steps"])])
    np.testing.assert_allclose(
        prepared[-1].ravel(), floats(case["expected"]), rtol=0, atol=ATOL * factor
    )
    # blank stays blank, or one shade
    assert np.ptp(prepared[:-1], axis=(0, *range(1, prepared.ndim - 1))).max() == 0


def test_the_golden_file_is_what_its_script_writes(mnist: Dataset) -> None:
    loaded = load_images(mnist)
    made = json.loads(json.dumps(make(loaded.test, loaded.test_labels)))
    for kind in ("drawings", "images"):
        for new, old in zip(made[kind], GOLDEN[kind], strict=True):
            new_expected, old_expected = new.pop("expected"), old["expected"]
            assert new == {
                key: value for key, value in old.items() if key != "expected"
            }
            # another processor may sum in another order
            if new_expected != old_expected:
                np.testing.assert_allclose(
                    floats(new_expected), floats(old_expected), rtol=1e-6, atol=1e-7
                )


def test_ink_is_within_0_and_1() -> None:
    ink = to_ink(np.array([[[0, 51, 255]]], np.uint8))
    assert ink.dtype == np.float32
    assert ink.ravel().tolist() == [0, np.float32(0.2), 1]
    floats = np.array([[[0, 0.25, 1]]], np.float32)
    np.testing.assert_array_equal(to_ink(floats), floats)
    assert to_ink(floats) is not floats


def drawn(pad: Bytes, steps: Steps = DRAWING) -> npt.NDArray[np.float32]:
    picture = prepare_drawing(pad, steps)
    assert picture is not None
    return picture


def on_pad(
    marks: npt.NDArray[np.int64], height: int, width: int, y: int, x: int
) -> Bytes:
    pad = np.zeros((height, width, 4), np.uint8)
    pad[..., 3] = 255
    pad[y : y + marks.shape[0], x : x + marks.shape[1], :3] = marks[..., np.newaxis]
    return pad


@st.composite
def marks(draw: st.DrawFn) -> npt.NDArray[np.int64]:
    """A few strong marks; the corners are drawn, so that the bounding box is the whole
    array.
    """
    height, width = draw(st.integers(1, 30)), draw(st.integers(1, 30))
    cells = st.one_of(st.just(0), INK)
    values = draw(st.lists(cells, min_size=height * width, max_size=height * width))
    array = np.array(values).reshape(height, width)
    array[0, 0], array[-1, -1] = draw(INK), draw(INK)
    return array


@given(
    marks(),
    st.integers(1, 20),
    st.integers(1, 20),
    st.integers(1, 20),
    st.integers(1, 20),
)
def test_where_a_drawing_lies_on_the_pad_makes_no_difference(
    array: npt.NDArray[np.int64], top: int, left: int, bottom: int, right: int
) -> None:
    height, width = array.shape
    snug = drawn(on_pad(array, height + 2, width + 2, 1, 1))
    moved = drawn(on_pad(array, height + top + bottom, width + left + right, top, left))
    np.testing.assert_array_equal(moved, snug)


@pytest.mark.parametrize("steps", [DRAWING, REDRAWN], ids=["as it is", "redrawn"])
@given(array=marks())
def test_light_on_dark_and_dark_on_light_are_the_same_drawing(
    steps: Steps, array: npt.NDArray[np.int64]
) -> None:
    pad = on_pad(array, array.shape[0] + 2, array.shape[1] + 2, 1, 1)
    inverted = pad ^ np.array([255, 255, 255, 0], np.uint8)
    np.testing.assert_allclose(
        drawn(pad, steps), drawn(inverted, steps), rtol=0, atol=ATOL
    )


def difference(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> float:
    """Return the difference of two pictures, as a part of their ink."""
    return float(2 * np.abs(one - other).sum() / (one.sum() + other.sum()))


@given(st.floats(0.03, 0.14), st.floats(0.03, 0.14))
def test_redrawn_strokes_hide_how_bold_the_pen_was(one: float, other: float) -> None:
    bold, thin = (
        draw(140, 140, FIVE, thick=thick, soft=True) for thick in (one, other)
    )
    # Worst seen 0.21 with the step (a bend that falls otherwise on the pixels), and
    # 1.01 without.
    assert difference(drawn(bold, REDRAWN), drawn(thin, REDRAWN)) < 0.35


@given(st.floats(0.03, 0.2), st.integers(20, 200))
def test_a_redrawn_line_is_as_wide_as_asked(thick: float, side: int) -> None:
    """A straight line from edge to edge is the one drawing whose width is known."""
    rows = max(1, round(thick * side))
    picture = np.full((side + 2, side + 2, 4), 255, np.uint8)
    picture[..., :3] = 0
    picture[2 : 2 + rows, 1:-1, :3] = 255
    steps: Steps = [
        {"step": "ink"},
        {"step": "fit", "box": 60},
        {"step": "stroke", "width": 0.14, "thinning": 1},
    ]
    line = drawn(picture, steps)
    column = line[:, line.shape[1] // 2].sum()
    longer = line.max(axis=0).sum()
    # Both are counted in pixels of which the longer side has 60, and an odd number of
    # rows has no middle border: a line one pixel wide counts as two.
    assert column / longer == pytest.approx(0.14, abs=1.5 / 60)


@given(marks(), st.floats(0.01, 0.5), st.floats(0, 1))
def test_redrawing_leaves_ink_whatever_the_pen(
    array: npt.NDArray[np.int64], width: float, thinning: float
) -> None:
    stroke = {"step": "stroke", "width": width, "thinning": thinning}
    ink = drawn(on_pad(array, 40, 40, 3, 5), [*REDRAWN[:2], stroke])
    assert 0 <= ink.min() < ink.max() <= 1


def spreads(picture: npt.NDArray[np.float32]) -> tuple[float, float, float]:
    """Standard deviations down and across, and the covariance, in pixels."""
    ink = picture.astype(np.float64) / picture.sum()
    y, x = (axis - (ink * axis).sum() for axis in np.indices(ink.shape))
    return (
        float(np.sqrt((ink * y * y).sum())),
        float(np.sqrt((ink * x * x).sum())),
        float((ink * x * y).sum()),
    )


def test_aligned_digits_spread_alike(mnist: Dataset) -> None:
    digits = load_images(mnist).test[:500]
    before = np.array([spreads(digit.astype(np.float32)) for digit in digits])
    after = np.array([spreads(digit) for digit in prepare_images(digits, ALIGN[:1])])
    goal = np.array([0.2 * 28, 0.15 * 28, 0])
    # bilinear samples blur
    assert np.median(np.abs(after - goal), axis=0) == pytest.approx([0, 0, 0], abs=0.15)
    # A one is to stay narrower than the others, so the width varies on.
    assert (
        np.std(after, axis=0) < np.array([0.1, 0.8, 0.05]) * np.std(before, axis=0)
    ).all()


@given(marks())
def test_an_opaque_white_pen_draws_alike_on_black_and_on_nothing(
    array: npt.NDArray[np.int64],
) -> None:
    pad = on_pad(array, array.shape[0] + 2, array.shape[1] + 2, 1, 1)
    clear = np.full_like(pad, 200)  # any colour will do
    clear[..., 3] = pad[..., 0]
    np.testing.assert_allclose(drawn(pad), drawn(clear), rtol=0, atol=ATOL)


def centre_of_mass(picture: npt.NDArray[np.float32]) -> tuple[float, float]:
    ink = picture.astype(np.float64)
    y, x = np.indices(ink.shape)
    return float((ink * y).sum() / ink.sum()), float((ink * x).sum() / ink.sum())


@given(marks())
def test_the_centre_of_mass_lands_at_the_centre(array: npt.NDArray[np.int64]) -> None:
    # A picture large enough that nothing can fall outside.
    steps = [*DRAWING[:2], {"step": "center", "height": 60, "width": 50}]
    # float32 pixels, weighted by up to 60
    assert centre_of_mass(drawn(on_pad(array, 40, 40, 3, 5), steps)) == pytest.approx(
        (30, 25), abs=1e-5
    )


@given(marks())
def test_deskewing_keeps_the_ink_and_puts_its_centre_at_the_centre(
    array: npt.NDArray[np.int64],
) -> None:
    picture = np.zeros((1, 60, 400))
    height, width = array.shape
    picture[0, 20 : 20 + height, 100 : 100 + width] = array / 255
    (upright,) = prepare_images(picture, DESKEW[:1])
    # else a flat drawing was sheared out of the picture
    if np.ptp(np.nonzero(upright)[1]) < 390:
        # float32 pixels, weighted by up to 400
        assert centre_of_mass(upright) == pytest.approx((30, 200), abs=1e-4)
        assert upright.sum() == pytest.approx(picture.sum(), rel=1e-6)


@pytest.mark.parametrize("grain", [0, 20])
def test_a_photo_of_ruled_paper_gives_what_the_drawing_gives(grain: int) -> None:
    random = np.random.default_rng(5)
    written = draw(
        300, 400, FIVE, pen=(30, 30, 60, 255), pad=(0, 0, 0, 0), thick=0.05, soft=True
    )
    cover = written[..., 3:] / 255
    photo = np.full((300, 400, 4), 255.0)
    photo[..., :3] = 226 + random.normal(0, grain, (300, 400, 1))
    photo[20::50, :, :3] = (196, 206, 224)
    photo[..., :3] = photo[..., :3] * (1 - cover) + written[..., :3] * cover
    clean, seen = (
        drawn(one, REDRAWN)
        for one in (written, photo.clip(0, 255).round().astype(np.uint8))
    )
    # of the ink; 0.4 with all that differs from the paper
    assert np.abs(seen - clean).mean() / clean.mean() < 0.05


def test_shapes_and_an_empty_batch() -> None:
    images = np.zeros((3, 5, 7), np.float32)
    assert prepare_images(images, []).shape == (3, 5, 7)
    assert prepare_images(images, [{"step": "flatten"}]).shape == (3, 35)
    assert prepare_images(images, [{"step": "channel"}]).shape == (3, 5, 7, 1)
    assert prepare_images(images[:0], DESKEW).shape == (0, 35)
    assert prepare_images(images, DESKEW).dtype == np.float32


def test_the_argument_is_left_as_it_is() -> None:
    images = np.full((2, 6, 6), 0.5, np.float32)
    pad = draw(20, 20, FIVE)
    before = images.copy(), pad.copy()
    prepare_images(images, [{"step": "scale", "factor": 2.0}])
    prepare_drawing(pad, DRAWING)
    np.testing.assert_array_equal(images, before[0])
    np.testing.assert_array_equal(pad, before[1])


@pytest.mark.parametrize(("steps", "message"), [
    ([{"step": "deskwe"}], "Did you mean 'deskew'"),
    ([{"step": "ink"}], "Known: deskew, align, invert, scale, normalize, bgr, flatten, channel"),
    ([{"factor": 2}], "Unknown step in image. Received: None"),
    ([{"step": "scale", "facter": 2}], "no parameter 'facter'. Did you mean 'factor'"),
    ([{"step": "deskew", "by": 2}], "no parameter 'by'. Known: none"),
    ([{"step": "scale"}], "needs the parameter 'factor'"),
    ([{"step": "scale", "factor": "2"}], "factor of the step scale must be a finite number. Received: '2'"),
    ([{"step": "scale", "factor": float("nan")}], "finite number"),
    ([{"step": "scale", "factor": True}], "finite number"),
    ([{**ALIGN[0], "limit": 0.9}], "limit of the step align must be at least 1. Received: 0.9"),
    ([{**ALIGN[0], "height": 0}], "height of the step align must be above 0 and at most 0.5"),
    ([{"step": "flatten"}, ALIGN[0]], "align needs images N×H×W"),
    ([{"step": "flatten"}, {"step": "invert"}], "invert needs images N×H×W or N×H×W×3"),
    ([{"step": "flatten"}, {"step": "deskew"}], "deskew needs images N×H×W"),
    ([{"step": "channel"}, {"step": "flatten"}], "flatten needs images N×H×W"),
])  # fmt: skip
def test_a_wrong_step_for_images_is_refused(
    steps: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        prepare_images(np.zeros((1, 4, 4), np.uint8), steps)


@pytest.mark.parametrize(("steps", "message"), [
    ([], "must start with ink, grey or rgb, and use it only there"),
    (DRAWING[1:], "must start with ink, grey or rgb, and use it only there"),
    ([DRAWING[0], *DRAWING], "must start with ink, grey or rgb, and use it only there"),
    ([DRAWING[0], {"step": "fitt", "box": 20}], "Did you mean 'fit'"),
    ([DRAWING[0], {"step": "fit", "box": 0}], "box of the step fit must be a whole number"),
    ([DRAWING[0], {"step": "fit", "box": 19.5}], "whole number"),
    (["ink"], "must look like.*Received: 'ink'"),
    ([DRAWING[0], {"step": "stroke", "width": 1, "thinning": 0.7}], "width of the step stroke must be above 0 and"),
    ([DRAWING[0], {"step": "stroke", "width": 0.1, "thinning": 2}], "thinning of the step stroke must be in 0..1"),
    ([DRAWING[0], {"step": "invert"}, *DRAWING[1:]], "fit works on ink only. Received: fit after invert"),
    ([*DRAWING[:2], {"step": "center", "height": 28}], "needs the parameter 'width'"),
])  # fmt: skip
def test_a_wrong_step_for_drawings_is_refused(
    steps: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        prepare_drawing(draw(8, 8, FIVE), steps)


def test_arrays_of_another_shape_are_refused() -> None:
    with pytest.raises(DataError, match=r"N×H×W×3. Received: shape \(4, 4\)"):
        prepare_images(np.zeros((4, 4), np.uint8), [])
    with pytest.raises(DataError, match=r"uint8 H×W×4\. Received: float64"):
        prepare_drawing(np.zeros((4, 4, 4)), DRAWING)  # type: ignore[arg-type]
