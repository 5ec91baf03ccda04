"""The types of a recipe's keys, for `set` and `Recipe.replace`.

Written by tests.support.pages.
"""

from collections.abc import Sequence
from typing import Literal, TypedDict

from pipeline.recipes import fields

Settings = TypedDict(
    "Settings",
    {
        "name": str,
        "description": str,
        "title": str,
        "publish_images": Literal["auto", "none", "test", "some"],
        "noun": str,
        "license": str,
        "formats": Sequence[Literal["graph", "onnx", "litert"]],
        "data.size": int,
        "data.color": bool,
        "data.labels": Sequence[str],
        "data.test_share": float,
        "data.split_seed": int,
        "data.pens": int,
        "preprocess.deskew": bool,
        "preprocess.stretch": float,
        "preprocess.scale": float,
        "preprocess.mean": float,
        "preprocess.deviation": float,
        "preprocess.invert": Literal["auto", True, False],
        "preprocess.layout": Literal["flatten", "channel", "rows"],
        "preprocess.stroke_width": float,
        "model.kind": Literal["softmax", "styles", "mlp", "cnn"],
        "model.styles": int,
        "model.units": int,
        "model.filters": int,
        "model.dropout": float,
        "model.kernel_initializer": Literal["glorot_uniform", "zeros"],
        "model.from_logits": bool,
        "training.optimizer": Literal["sgd", "adam"],
        "training.learning_rate": float,
        "training.schedule": Literal["constant", "cosine"],
        "training.batch_size": int,
        "training.epochs": int,
        "training.validation_images": int,
        "training.seed": int,
        "gates.threshold": float,
        "gates.class_recall": float,
        "gates.small_test_set": int,
        "gates.drawings": float,
        "gates.signs_flagged": float,
        "gates.drawings_unflagged": float,
        "gates.baseline_significance": float,
        "gates.baseline_margin": float,
        "gates.validation_margin": float,
        "gates.undisputed_labels": float,
        "gates.distinct_test_images": float,
        "gates.replaces": str,
        "gates.label_overlap": float,
        "gates.pixel_overlap": float,
    },
    total=False,
)

class DataKeys(TypedDict, total=False):
    size: int
    color: bool
    labels: Sequence[str]
    test_share: float
    split_seed: int
    pens: int

class PreprocessKeys(TypedDict, total=False):
    deskew: bool
    stretch: float
    scale: float
    mean: float
    deviation: float
    invert: Literal["auto", True, False]
    layout: Literal["flatten", "channel", "rows"]
    stroke_width: float

class ModelKeys(TypedDict, total=False):
    kind: Literal["softmax", "styles", "mlp", "cnn"]
    styles: int
    units: int
    filters: int
    dropout: float
    kernel_initializer: Literal["glorot_uniform", "zeros"]
    from_logits: bool

class TrainingKeys(TypedDict, total=False):
    optimizer: Literal["sgd", "adam"]
    learning_rate: float
    schedule: Literal["constant", "cosine"]
    batch_size: int
    epochs: int
    validation_images: int
    seed: int

class GatesKeys(TypedDict, total=False):
    threshold: float
    class_recall: float
    small_test_set: int
    drawings: float
    signs_flagged: float
    drawings_unflagged: float
    baseline_significance: float
    baseline_margin: float
    validation_margin: float
    undisputed_labels: float
    distinct_test_images: float
    replaces: str
    label_overlap: float
    pixel_overlap: float

class RecipeKeys(TypedDict, total=False):
    name: str
    description: str
    title: str
    publish_images: Literal["auto", "none", "test", "some"]
    noun: str
    license: str
    formats: Sequence[Literal["graph", "onnx", "litert"]]
    data: DataKeys | fields.DataRecipe
    preprocess: PreprocessKeys | fields.PreprocessRecipe
    model: ModelKeys | fields.ModelRecipe
    training: TrainingKeys | fields.TrainingRecipe
    gates: GatesKeys | fields.GatesRecipe
