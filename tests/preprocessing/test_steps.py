"""How much work the steps may be for a page:

the twin of the test in web/src/runtime/preprocess/steps.test.ts.
"""

import pytest

from pipeline.errors import ConfigError
from pipeline.preprocessing.steps import Step, require_quick
from pipeline.recipes.fields import PreprocessRecipe


def listed(size: int, kind: str) -> list[Step]:
    """A list of steps for a picture of 4×4 pixels, with a size that decides."""
    lists: dict[str, list[Step]] = {
        "two pictures": [{"step": "stretch", "height": size, "width": size}] * 2,
        "a bold pen": [
            {"step": "fit", "box": size},
            {"step": "stroke", "width": 0.5, "thinning": 1},
        ],
        "a pen before any size": (
            [{"step": "stroke", "width": 0.5, "thinning": 1}] * size
        ),
        "small steps": [{"step": "fit", "box": 1}] * size,
    }
    return [{"step": "ink"}, *lists[kind]]


@pytest.mark.parametrize(
    ("kind", "largest"),
    [
        ("two pictures", 1810),
        ("a bold pen", 1144),
        ("a pen before any size", 1),
        ("small steps", 26),
    ],
)
def test_a_page_must_be_done_within_seconds(kind: str, largest: int) -> None:
    require_quick(listed(largest, kind), [], 4, 4)
    with pytest.raises(
        ConfigError, match=r"at most 8,388,608 pixels together.* Received: \d"
    ):
        require_quick(listed(largest + 1, kind), [], 4, 4)


def test_steps_for_the_picture_count_as_many_pixels_as_it_has() -> None:
    drawing: list[dict[str, object]] = [
        {"step": "ink"},
        {"step": "center", "height": 512, "width": 512},
    ]
    require_quick(drawing, [{"step": "deskew"}] * 12, 512, 512)
    with pytest.raises(ConfigError):
        require_quick(drawing, [{"step": "deskew"}] * 13, 512, 512)


@pytest.mark.parametrize(("side", "fits"), [(28, True), (512, True), (1024, False)])
def test_recipes_fit_up_to_pictures_of_512_pixels(side: int, fits: bool) -> None:
    recipe = PreprocessRecipe(stroke_width=0.14, deskew=True)
    steps = (recipe.drawing_steps(side, side), recipe.image_steps(), side, side)
    if fits:
        require_quick(*steps)
    else:
        with pytest.raises(ConfigError, match="stroke_width = 0"):
            require_quick(*steps)
