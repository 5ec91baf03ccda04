"""The keys of a recipe: their types and defaults, and with each its rule, its unit and
what it means.

`reading.check_recipe` applies the rules; docs/recipes.md and `pipeline recipe` are made
of all of it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, get_args, get_origin

SECTIONS = ("data", "preprocess", "model", "training", "gates")
# MNIST's digits fill a box of 20 in an image of 28 pixels (LeCun et al. 1998). Drawings
# fill images of any size alike.
FIT_BOX, MNIST_SIDE = 20, 28
# a drawing's strokes are redrawn at this many times the box, where a pixel is a third
# of MNIST's
WORKING_BOXES = 3
# share of a bold pen's excess width that is taken off; taking off all misreads 1 % more
# of the boldest
THINNING = 0.7
# The spread of the ink to which `align` brings every image, as shares of the image's
# sides. MNIST's deskewed training images have 0.195 and 0.123 on average; the accuracy
# is the same for widths from 0.12 to 0.19. With a tenth less than
# 0.2 and 0.15, ink hardly ever touches the margin, whose weights then stay near 0: 1.2
# kB less to download, of 13.5.
SPREAD_HEIGHT, SPREAD_WIDTH = 0.18, 0.135
# as `--format` of `pipeline export` calls them; a test compares them
FileFormat = Literal["graph", "onnx", "litert"]


@dataclass(frozen=True)
class Rule:
    """A condition on a value: in words that follow "must be", and as a test."""

    words: str
    accepts: Callable[[Any], bool]


def _within(least: int, most: int) -> Rule:
    return Rule(f"in {least}..{most}", lambda value: least <= value <= most)


_POSITIVE = Rule("above 0 and at most 65536", lambda value: 0 < value <= 65_536)
# what NumPy's and Keras' seeds share
_SEED = Rule("in 0..4294967295", lambda value: 0 <= value < 2**32)
_SHARE = Rule("in 0..1", lambda value: 0 <= value <= 1)


def line(most: int) -> Rule:
    """A text to print, or none."""
    return Rule(
        f"at most {most} printable characters",
        lambda value: (
            len(value) <= most and value.isprintable() and value == value.strip()
        ),
    )


def key(
    default: Any,
    meaning: str,
    rule: Rule | None = None,
    *,
    unit: str = "",
    sparse: bool = False,
) -> Any:
    """A recipe's key:

    a dataclass field with what there is to say about it; `sparse`: see
    `json_records.to_json`.
    """
    return field(
        default=default,
        metadata={"meaning": meaning, "rule": rule, "unit": unit, "sparse": sparse},
    )


def choices_of(kind: Any) -> tuple[Any, ...]:
    """The values that a key of this type can have, if they are few."""
    return (
        (True, False)
        if kind is bool
        else get_args(kind)
        if get_origin(kind) is Literal
        else ()
    )


@dataclass(frozen=True, kw_only=True)
class DataRecipe:
    """How the image files of a folder become a data set.

    Other data sets are taken as they are, except for `pens`.
    """

    size: int = key(
        0,
        "height and width to which every image is resized: all of it, in the middle,"
        " with the shade of its own paper beside it; 0 takes them as they are, which"
        " must be of one size",
        Rule("0 or in 4..256", lambda value: value == 0 or 4 <= value <= 256),
        unit="pixels",
    )
    color: bool = key(
        False,
        "keep red, green and blue, for a model of your own that takes them; otherwise"
        " images become grey",
    )
    labels: tuple[str, ...] = key(
        (),
        "names of the classes in the order of their numbers, for data that only has"
        " numbers; none keeps the numbers",
        Rule(
            "different printable names of at most 100 characters",
            lambda names: _are_names(names),
        ),
    )
    test_share: float = key(
        0.2,
        "share of the images that are not trained on but kept for tests, if the folder"
        " has no `test`",
        Rule("above 0 and below 1", lambda value: 0 < value < 1),
        unit="share of each label's images",
    )
    split_seed: int = key(1, "seed of the choice of these images", _SEED)
    pens: int = key(
        0,
        "copies of each of 743 digits that people wrote with pens, which are added to"
        " MNIST's training images: one as it was written, and the others bent; other"
        " data gets none",
        _within(0, 20),
        unit="copies",
    )


@dataclass(frozen=True, kw_only=True)
class PreprocessRecipe:
    """How an image becomes the model's input, and how a drawing becomes such an
    image.
    """

    deskew: bool = key(False, "shear every image upright")
    stretch: float = key(
        1.0,
        "stretch every image to a common height and width, by at most this factor; 1"
        " stretches nothing, and more needs `deskew = true`",
        _within(1, 100),
        unit="factor",
    )
    scale: float = key(
        1.0,
        "multiply the pixels, which lie in 0..1; 255 gives raw pixels",
        _POSITIVE,
        unit="factor",
    )
    mean: float = key(
        0.0,
        "subtract this from the pixels after `scale`, for a model of your own",
        Rule("finite", math.isfinite),
    )
    deviation: float = key(
        1.0, "divide the result by this, for a model of your own", _POSITIVE
    )
    invert: Literal["auto", True, False] = key(
        "auto",
        "whether the images are dark on bright and so are inverted, because the other"
        " steps need bright on dark; `auto` looks at their edges",
    )
    layout: Literal["flatten", "channel", "rows"] = key(
        "flatten",
        "shape of the model's input: `flatten` gives H·W numbers, `channel` H×W×1 or in"
        " color H×W×3, `rows` H×W. A `cnn` needs `channel`, the other networks"
        " `flatten`; a model of your own takes what fits it, whatever is set",
    )
    stroke_width: float = key(
        0.0,
        "redraw the strokes of a visitor's drawing with a pen of this width; 0 keeps"
        " them as drawn",
        Rule("in 0..0.5", lambda value: 0 <= value <= 0.5),
        unit="share of the drawing's longer side",
    )

    def drawing_steps(
        self, height: int, width: int, channels: int = 1
    ) -> list[dict[str, Any]]:
        """The named steps from a visitor's drawing to an image of height×width pixels,
        as the manifest lists them.

        With three channels, from a photo, as images in color are resized
        (`data.pictures`).
        """
        if channels == 3:
            return [
                {"step": "rgb", "background": 1},
                {"step": "contain", "height": height, "width": width, "background": 1},
            ]
        box = round(min(height, width) * FIT_BOX / MNIST_SIDE)
        redraw = [
            {"step": "fit", "box": WORKING_BOXES * box},
            {"step": "stroke", "width": self.stroke_width, "thinning": THINNING},
        ]
        return [
            {"step": "ink"},
            *(redraw if self.stroke_width else []),
            {"step": "fit", "box": box},
            {"step": "center", "height": height, "width": width},
            *self._inversion(),  # so that it is an image like those of the data set
        ]

    def image_steps(self, channels: int = 1) -> list[dict[str, Any]]:
        """The named steps from an image of the data set to the model's input, as the
        manifest lists them.
        """
        upright: list[dict[str, Any]] = [{"step": "deskew"}] if self.deskew else []
        if self.stretch > 1:
            upright = [
                {
                    "step": "align",
                    "height": SPREAD_HEIGHT,
                    "width": SPREAD_WIDTH,
                    "limit": self.stretch,
                }
            ]
        scaled: list[dict[str, Any]] = [{"step": "scale", "factor": self.scale}]
        if (self.mean, self.deviation) != (0, 1):
            scaled.append(
                {"step": "normalize", "mean": self.mean, "deviation": self.deviation}
            )
        has_shape = self.layout == "rows" or (
            self.layout == "channel" and channels == 3
        )
        return [
            *self._inversion(),
            *upright,
            *scaled,
            *([] if has_shape else [{"step": self.layout}]),
        ]

    def _inversion(self) -> list[dict[str, Any]]:
        return [{"step": "invert"}] if self.invert is True else []


@dataclass(frozen=True, kw_only=True)
class ModelRecipe:
    """Which network is built."""

    kind: Literal["softmax", "styles", "mlp", "cnn"] = key(
        "softmax",
        "`softmax` is one dense layer; `styles` is one too, with several ways of"
        " writing each class, whose probabilities are added; `mlp` has a hidden layer"
        " before it, `cnn` three convolutions",
    )
    styles: int = key(
        4,
        "ways of writing each class that a `styles` tells apart",
        _within(2, 100),
        unit="ways",
    )
    units: int = key(
        128, "size of the hidden layer of an `mlp`", _within(1, 65_536), unit="units"
    )
    filters: int = key(
        16,
        "filters in the first convolution of a `cnn`; the others have twice as many",
        _within(1, 4096),
        unit="filters",
    )
    dropout: float = key(
        0.0,
        "share of the values before the last layer that training drops; a `softmax`"
        " ignores it",
        Rule("at least 0 and below 1", lambda value: 0 <= value < 1),
        unit="share",
    )
    kernel_initializer: Literal["glorot_uniform", "zeros"] = key(
        "glorot_uniform",
        "initial weights of the last layer; `zeros` is for a `softmax` only",
    )
    from_logits: bool = key(
        False, "add a softmax to a model of your own, which returns logits", sparse=True
    )


@dataclass(frozen=True, kw_only=True)
class TrainingRecipe:
    """How it is trained: by gradient descent on the cross-entropy."""

    optimizer: Literal["sgd", "adam"] = key("sgd", "Keras' SGD or Adam")
    learning_rate: float = key(0.1, "learning rate of the first step", _POSITIVE)
    schedule: Literal["constant", "cosine"] = key(
        "cosine",
        "keep the learning rate `constant`, or let it fall to 0 at the last step",
    )
    batch_size: int = key(
        32, "images in one training step", _within(1, 65_536), unit="images"
    )
    epochs: int = key(
        20, "passes over the training images", _within(1, 100_000), unit="epochs"
    )
    validation_images: int = key(
        5000,
        "training images that are held out to measure every epoch; never more than a"
        " twelfth of them",
        _within(0, 1_000_000),
        unit="images",
    )
    seed: int = key(
        1, "seed of the initial weights, the order of the images and the dropout", _SEED
    )


@dataclass(frozen=True, kw_only=True)
class GatesRecipe:
    """Conditions that a model must meet to be published."""

    threshold: float = key(
        0.95, "lowest test accuracy", _SHARE, unit="share of the test images"
    )
    class_recall: float = key(
        0.8,
        "lowest recall of any single class",
        _SHARE,
        unit="share of the test images of the class",
    )
    small_test_set: int = key(
        0,
        "with fewer test images than this, threshold and class_recall say nothing: the"
        " model must be better than always giving the most frequent answer, beyond"
        " chance, and each class than guessing; --set of one of the two ends that",
        _within(0, 100_000),
        unit="images",
    )
    drawings: float = key(
        0.0,
        "lowest accuracy on digits that people wrote with pens, none of whom wrote"
        " training images; other classes have no drawings",
        _SHARE,
        unit="share of the drawings",
    )
    signs_flagged: float = key(
        0.0,
        "lowest share of letters of fonts, and things by a program, that are called"
        " unlike any digit",
        _SHARE,
        unit="share of the letters and things",
    )
    drawings_unflagged: float = key(
        0.0,
        "lowest share of drawings, of those that are read correctly, that are not"
        " called unlike any digit",
        _SHARE,
        unit="share of the drawings",
    )
    baseline_significance: float = key(
        # five losses without a win are enough then, which a test set of a hundred
        # images can show
        0.05,
        "significance level (p) of McNemar's test against the published model; 0"
        " accepts every loss",
        Rule("in 0..0.5", lambda value: 0 <= value <= 0.5),
        unit="share of equally good models",
    )
    baseline_margin: float = key(
        0.005,
        "how far the test accuracy may fall below that of the published model, if they"
        " were measured on other data",
        _SHARE,
        unit="share of the test images",
    )
    validation_margin: float = key(
        0.03,
        "how far the validation accuracy may fall below the test accuracy or that of"
        " the published version",
        _SHARE,
        unit="share of the held-out images",
    )
    undisputed_labels: float = key(
        0.95,
        "lowest share of training labels that the model does not contradict with"
        " confidence",
        _SHARE,
        unit="share of the training images",
    )
    distinct_test_images: float = key(
        0.95,
        "lowest share of test images that are not also training images, or nearly",
        _SHARE,
        unit="share of the test images",
    )
    replaces: str = key(
        "",
        "id of the published version that a model with other labels, or in another"
        " order, may replace; other labels are refused as long as another version is"
        " live, so that each change is accepted once",
    )
    label_overlap: float = key(
        0.75,
        "lowest overlap of the labels' shares with those of the published version",
        _SHARE,
        unit="share of the training images",
    )
    pixel_overlap: float = key(
        0.75,
        "lowest overlap of the histogram of pixels with that of the published version,"
        " and lowest ratio of their means and of their standard deviations",
        _SHARE,
        unit="share of the pixels",
    )


def _are_names(names: tuple[str, ...]) -> bool:
    are_short = all(
        name.strip() and name.isprintable() and len(name) <= 100 for name in names
    )
    return are_short and len(set(names)) == len(names)
