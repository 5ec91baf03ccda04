"""Dense, activations, embeddings, merging, regularisation, reshaping, attention."""

from typing import Any

from tests.tfjs_cases.harness import EXACT, Case

Shape = tuple[int | None, ...]


def seq(shape: tuple[int | None, ...], make: Any, dtype: str = "float32") -> Any:
    """A Sequential of the layer (or layers) that `make(keras.layers)` gives."""

    def build(k: Any) -> Any:
        made = make(k.layers)
        return k.Sequential([k.Input(shape, dtype=dtype), *(made if isinstance(made, list) else [made])])

    return build


def merge(shapes: list[Shape], make: Any) -> Any:
    """A model of several inputs that one layer takes as a list."""

    def build(k: Any) -> Any:
        inputs = [k.Input(shape) for shape in shapes]
        return k.Model(inputs, make(k.layers)(inputs))

    return build


def calls(shapes: list[tuple[int | None, ...]], make: Any) -> Any:
    """A model whose output is `make(keras.layers, *inputs)`."""

    def build(k: Any) -> Any:
        inputs = [k.Input(shape) for shape in shapes]
        return k.Model(inputs, make(k.layers, *inputs))

    return build


ACTIVATIONS = [
    *("celu", "elu", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu", "linear"),
    *("log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink", "softmax"),
    *("softplus", "softsign", "sparse_plus", "sparse_sigmoid", "tanh", "tanh_shrink"),
]
REFUSED_ACTIVATIONS = ["exponential", "glu", "sparsemax", "squareplus"]


def cases() -> list[Case]:
    return [
        *(*_activations(), *_dense(), *_lower_precision(), *_embedding(), *_merging(), *_identity()),
        *(*_reshaping(), *_attention()),
    ]


def _activations() -> list[Case]:
    found = [Case("Activation", name, seq((6,), lambda kl, n=name: kl.Activation(n))) for name in ACTIVATIONS]
    found += [
        Case("Activation", name, seq((6,), lambda kl, n=name: kl.Activation(n)), "activation")
        for name in REFUSED_ACTIVATIONS
    ]
    found += [
        Case("Dense", f"activation={name}", seq((6,), lambda kl, n=name: kl.Dense(4, activation=n)))
        for name in ACTIVATIONS
    ]
    return [
        *found,
        Case("Dense", "activation=LeakyReLU layer", seq((6,), lambda kl: kl.Dense(4, activation=kl.LeakyReLU(0.4)))),
        Case("ReLU", "default", seq((6,), lambda kl: kl.ReLU())),
        Case("ReLU", "max_value", seq((6,), lambda kl: kl.ReLU(max_value=0.7))),
        Case("ReLU", "negative_slope", seq((6,), lambda kl: kl.ReLU(negative_slope=0.2))),
        Case("ReLU", "threshold", seq((6,), lambda kl: kl.ReLU(threshold=0.4))),
        Case("ReLU", "threshold and max_value", seq((6,), lambda kl: kl.ReLU(threshold=0.4, max_value=0.9))),
        Case("ReLU", "slope and max_value", seq((6,), lambda kl: kl.ReLU(negative_slope=0.3, max_value=0.5))),
        Case("ReLU", "all", seq((6,), lambda kl: kl.ReLU(negative_slope=0.3, max_value=0.9, threshold=0.4))),
        Case("LeakyReLU", "default", seq((6,), lambda kl: kl.LeakyReLU())),
        Case("LeakyReLU", "negative_slope=0.1", seq((3, 4), lambda kl: kl.LeakyReLU(negative_slope=0.1))),
        Case("ELU", "default", seq((6,), lambda kl: kl.ELU())),
        Case("ELU", "alpha=0.4", seq((6,), lambda kl: kl.ELU(alpha=0.4))),
        Case("PReLU", "default", seq((3, 4), lambda kl: kl.PReLU())),
        Case("PReLU", "shared_axes", seq((4, 4, 3), lambda kl: kl.PReLU(shared_axes=[1, 2]))),
        Case("Softmax", "default", seq((6,), lambda kl: kl.Softmax())),
        Case("Softmax", "axis=1 of 3", seq((5, 4), lambda kl: kl.Softmax(axis=1))),
        Case("Softmax", "axis=[1, 2]", seq((5, 4), lambda kl: kl.Softmax(axis=[1, 2]))),
        Case("Softmax", "axis=2 of 4", seq((3, 4, 2), lambda kl: kl.Softmax(axis=2))),
    ]


def _dense() -> list[Case]:
    def einsum(equation: str, shape: tuple[int, ...], output: Any, **options: Any) -> Any:
        return seq(shape, lambda kl: kl.EinsumDense(equation, output_shape=output, **options))

    return [
        Case("Dense", "default", seq((6,), lambda kl: kl.Dense(4))),
        Case("Dense", "use_bias=False", seq((6,), lambda kl: kl.Dense(4, use_bias=False))),
        Case("Dense", "rank 3", seq((5, 6), lambda kl: kl.Dense(4, activation="tanh"))),
        Case("Dense", "rank 4", seq((2, 5, 6), lambda kl: kl.Dense(4, activation="relu"))),
        Case("Dense", "free length", seq((None, 6), lambda kl: kl.Dense(4))),
        Case("Dense", "regularizers and constraints",
            seq((6,), lambda kl: kl.Dense(4, kernel_regularizer="l2", bias_regularizer="l1", activity_regularizer="l2",
            kernel_constraint="max_norm", bias_constraint="non_neg", kernel_initializer="he_normal"))),
        Case("EinsumDense", "ab,bc->ac", einsum("ab,bc->ac", (6,), 4, bias_axes="c")),
        Case("EinsumDense", "abc,cd->abd", einsum("abc,cd->abd", (5, 6), (5, 4), activation="relu")),
        Case("EinsumDense", "...x,xy->...y", einsum("...x,xy->...y", (5, 6), 4, bias_axes="y")),
        Case("EinsumDense", "abc,cde->abde", einsum("abc,cde->abde", (5, 6), (5, 2, 3), bias_axes="de")),
        Case("EinsumDense", "abcd,cde->abe", einsum("abcd,cde->abe", (5, 2, 3), (5, 4), bias_axes="e")),
        Case("EinsumDense", "aTtD,Dd->aTtd", einsum("aTtD,Dd->aTtd", (5, 3, 6), (5, 3, 4))),
        Case("EinsumDense", "...Z,ZY->...Y", einsum("...Z,ZY->...Y", (5, 6), 4)),
        Case("EinsumDense", "ab...,bc->ac...", einsum("ab...,bc->ac...", (5, 3, 6), (4, 3, 6)), "equation"),
        Case("EinsumDense", "abc,cd->adb", einsum("abc,cd->adb", (5, 6), (4, 5)), "equation"),
    ]  # fmt: skip


def _lower_precision() -> list[Case]:
    """Exported with --precision float32 alone: see tests/tfjs/test_precision.py."""

    def case(layer: str, shape: tuple[int, ...], policy: str, *arguments: Any) -> Case:
        return Case(
            layer, f"dtype={policy}", seq(shape, lambda kl: getattr(kl, layer)(*arguments, dtype=policy)), "precision"
        )

    return [
        *(case("Dense", (6,), f"mixed_{kind}", 4) for kind in ("float16", "bfloat16")),
        *(case("Dense", (6,), f"{kind}_from_float32", 4) for kind in ("int8", "int4/3", "float8")),
        case("Conv2D", (6, 6, 2), "mixed_bfloat16", 3, 3),
        case("EinsumDense", (6,), "int8_from_mixed_bfloat16", "ab,bc->ac", 4),
        case("Embedding", (6,), "int4/-1_from_float32", 9, 4),
    ]


def _embedding() -> list[Case]:
    def embed(shape: tuple[int | None, ...], dtype: str = "int32", **options: Any) -> Any:
        return seq(shape, lambda kl: kl.Embedding(9, 4, **options), dtype)

    return [
        Case("Embedding", "default", embed((5,))),
        Case("Embedding", "float ids", embed((5,), "float32")),
        Case("Embedding", "free length", embed((None,))),
        Case("Embedding", "rank 3 ids", embed((2, 3))),
        Case("Embedding", "mask_zero", embed((5,), mask_zero=True)),
        Case("ReversibleEmbedding", "forward", seq((5,), lambda kl: kl.ReversibleEmbedding(9, 4), "int32")),
        Case(
            "CategoryEncoding", "one_hot", seq((1,), lambda kl: kl.CategoryEncoding(5, output_mode="one_hot"), "int32")
        ),
        Case("CategoryEncoding", "multi_hot", seq((3,), lambda kl: kl.CategoryEncoding(5), "int32")),
        Case("CategoryEncoding", "count", seq((3,), lambda kl: kl.CategoryEncoding(5, output_mode="count"), "int32")),
        *_lookups(),
        Case("Masking", "default", seq((5, 3), lambda kl: kl.Masking())),
        Case("Masking", "mask_value=2", seq((5, 3), lambda kl: kl.Masking(2.0))),
    ]


def _lookups() -> list[Case]:
    bins, words = [-1.5, 0.0, 0.1, 3.0], [10, -3, 7, 42]

    def look(shape: Shape = (3,), dtype: str = "int64", **options: Any) -> Any:
        return seq(shape, lambda kl: kl.IntegerLookup(vocabulary=words, **options), dtype)

    def look_up_and_embed(kl: Any) -> Any:
        return [kl.IntegerLookup(vocabulary=words), kl.Embedding(5, 2)]

    found = []
    for mode in ("int", "one_hot", "multi_hot", "count"):
        shape = (1,) if mode == "one_hot" else (3,)
        made = seq(shape, lambda kl, m=mode: kl.Discretization(bins, output_mode=m))
        found += [Case("Discretization", mode, made), Case("IntegerLookup", mode, look(shape, output_mode=mode))]
    return [
        *found,
        Case("Discretization", "free length", seq((None,), lambda kl: kl.Discretization(bins))),
        Case("Discretization", "integers", seq((3,), lambda kl: kl.Discretization([-1, 2, 5]), "int32")),
        Case("Discretization", "tiny", seq((3,), lambda kl: kl.Discretization([0.0, 1e-36])), "bin_boundaries"),
        Case("Discretization", "and Embedding", seq((3,), lambda kl: [kl.Discretization(bins), kl.Embedding(5, 2)])),
        Case("IntegerLookup", "mask_token", look(mask_token=0)),
        Case("IntegerLookup", "and Embedding", seq((3,), look_up_and_embed, "int32")),
        Case("IntegerLookup", "num_oov_indices=2", look(num_oov_indices=2), "num_oov_indices"),
        Case("IntegerLookup", "mask_token, one_hot", look((1,), mask_token=0, output_mode="one_hot"), "mask_token"),
        Case("IntegerLookup", "invert", look(invert=True), "invert"),
        Case("IntegerLookup", "float input", look(dtype="float32"), "input"),
        Case("IntegerLookup", "large numbers", seq((3,), lambda kl: kl.IntegerLookup(vocabulary=[1, 2**24]), "int64"),
            "vocabulary"),
    ]  # fmt: skip


def _merging() -> list[Case]:
    two: list[Shape] = [(5, 4), (5, 4)]
    broadcast: list[Shape] = [(5, 4), (1, 4)]
    found = []
    for name in ("Add", "Multiply", "Average", "Maximum", "Minimum", "Subtract"):
        shapes = two if name == "Subtract" else [*two, (5, 4)]
        found += [
            Case(name, f"{len(shapes)} inputs", merge(shapes, lambda kl, n=name: getattr(kl, n)())),
            Case(name, "broadcast", merge(broadcast, lambda kl, n=name: getattr(kl, n)())),
        ]
    dots: list[tuple[str, list[Shape], dict[str, Any]]] = [
        ("rank 2", [(4,), (4,)], {"axes": 1}),
        ("rank 3", [(5, 4), (3, 4)], {"axes": 2}),
        ("rank 3 mixed axes", [(5, 4), (4, 3)], {"axes": (2, 1)}),
        ("rank 3 first axes", [(4, 5), (4, 3)], {"axes": (1, 1)}),
        ("rank 2 with rank 3", [(4,), (3, 4)], {"axes": (1, 2)}),
        ("rank 3 with rank 2", [(3, 4), (4,)], {"axes": (2, 1)}),
        ("normalize", [(5, 4), (3, 4)], {"axes": 2, "normalize": True}),
        ("normalize rank 2", [(4,), (4,)], {"axes": 1, "normalize": True}),
    ]
    found += [Case("Dot", name, merge(shapes, lambda kl, o=o: kl.Dot(**o))) for name, shapes, o in dots]
    return [
        *found,
        Case("Add", "ranks differ", merge([(5, 4), (4,)], lambda kl: kl.Add())),
        Case("Concatenate", "default", merge([(5, 4), (5, 2)], lambda kl: kl.Concatenate())),
        Case("Concatenate", "axis=1", merge([(5, 4), (3, 4)], lambda kl: kl.Concatenate(axis=1))),
        Case("Concatenate", "axis=-2", merge([(5, 4), (3, 4), (1, 4)], lambda kl: kl.Concatenate(axis=-2))),
        Case("Dot", "rank 4", merge([(2, 5, 4), (2, 4, 3)], lambda kl: kl.Dot(axes=(3, 2))), "axes"),
    ]


AUGMENTATIONS: dict[str, dict[str, Any]] = {
    "RandomBrightness": {"factor": 0.2}, "RandomContrast": {"factor": 0.2}, "RandomFlip": {},
    "RandomRotation": {"factor": 0.2}, "RandomTranslation": {"height_factor": 0.2, "width_factor": 0.2},
    "RandomZoom": {"height_factor": 0.2}, "RandomHue": {"factor": 0.2}, "RandomSaturation": {"factor": 0.2},
    "RandomSharpness": {"factor": 0.2}, "RandomShear": {"x_factor": 0.2}, "RandomGrayscale": {"factor": 0.2},
    "RandomColorJitter": {"brightness_factor": 0.2}, "RandomErasing": {}, "RandomGaussianBlur": {},
    "RandomPerspective": {"factor": 0.2}, "RandomPosterization": {"factor": 4}, "RandomInvert": {},
    "RandomElasticTransform": {}, "RandomColorDegeneration": {"factor": 0.2}, "RandAugment": {}, "AugMix": {},
}  # fmt: skip


def _identity() -> list[Case]:
    one = [
        ("ActivityRegularization", {"l2": 0.1}, (6,)), ("AlphaDropout", {"rate": 0.3}, (6,)),
        ("Dropout", {"rate": 0.3}, (6,)), ("GaussianDropout", {"rate": 0.3}, (6,)),
        ("GaussianNoise", {"stddev": 0.3}, (6,)), ("Identity", {}, (6,)), ("SpatialDropout1D", {"rate": 0.3}, (5, 4)),
        ("SpatialDropout2D", {"rate": 0.3}, (5, 4, 3)), ("SpatialDropout3D", {"rate": 0.3}, (2, 5, 4, 3)),
    ]  # fmt: skip
    found = [
        Case(name, "inference", seq(shape, lambda kl, n=name, o=options: [kl.Dense(3), getattr(kl, n)(**o)]))
        for name, options, shape in one
    ]
    found += [
        Case(name, "inference", seq((6, 6, 3), lambda kl, n=name, o=options: getattr(kl, n)(**o)))
        for name, options in AUGMENTATIONS.items()
    ]
    return [
        *found,
        Case("Dropout", "noise_shape", seq((5, 4), lambda kl: kl.Dropout(0.3, noise_shape=(None, 1, 4)))),
        Case("RandomCrop", "same size", seq((6, 6, 3), lambda kl: kl.RandomCrop(6, 6))),
        Case("RandomCrop", "smaller", seq((6, 6, 3), lambda kl: kl.RandomCrop(4, 4)), "height and width"),
    ]


def _reshaping() -> list[Case]:
    return [
        Case("Flatten", "rank 4", seq((3, 4, 2), lambda kl: kl.Flatten())),
        Case("Flatten", "rank 2", seq((6,), lambda kl: kl.Flatten())),
        Case("Flatten", "channels_first", seq((2, 3, 4), lambda kl: kl.Flatten(data_format="channels_first"))),
        Case("Flatten", "free length", seq((None, 3), lambda kl: kl.Flatten())),
        Case("Reshape", "default", seq((12,), lambda kl: [kl.Reshape((3, 4)), kl.Dense(2)])),
        Case("Reshape", "-1", seq((12,), lambda kl: [kl.Reshape((3, -1)), kl.Flatten(), kl.Dense(2)])),
        Case("Reshape", "free length", seq((None, 6), lambda kl: [kl.Reshape((-1, 3)), kl.Dense(2)])),
        Case("Permute", "2, 1", seq((3, 4), lambda kl: [kl.Permute((2, 1)), kl.Dense(2)])),
        Case("Permute", "3, 1, 2", seq((3, 4, 2), lambda kl: kl.Permute((3, 1, 2)))),
        Case("RepeatVector", "n=3", seq((4,), lambda kl: kl.RepeatVector(3))),
        Case("Rescaling", "scale and offset", seq((4,), lambda kl: kl.Rescaling(1 / 127.5, offset=-1.0))),
        Case("Rescaling", "lists", seq((4, 3), lambda kl: kl.Rescaling([1.0, 0.5, 2.0], offset=[0.1, 0.0, -1.0]))),
    ]


def _attention() -> list[Case]:
    def heads(**options: Any) -> Any:
        call = {key: options.pop(key) for key in ("use_causal_mask",) if key in options}
        settings = {"num_heads": 2, "key_dim": 3} | options
        return calls([(5, 6)], lambda kl, x: kl.MultiHeadAttention(**settings)(x, x, **call))

    pair: list[tuple[int | None, ...]] = [(4, 6), (5, 6)]
    return [
        Case("MultiHeadAttention", "default", heads()),
        Case("MultiHeadAttention", "value_dim, output_shape", heads(value_dim=4, output_shape=5)),
        Case("MultiHeadAttention", "use_bias=False", heads(use_bias=False)),
        Case("MultiHeadAttention", "causal", heads(use_causal_mask=True)),
        Case("MultiHeadAttention", "causal and dropout", heads(use_causal_mask=True, dropout=0.3)),
        Case("MultiHeadAttention", "sliding_window", heads(sliding_window=2)),
        Case("MultiHeadAttention", "cross", calls(pair, lambda kl, q, v: kl.MultiHeadAttention(3, 2)(q, v))),
        Case("MultiHeadAttention", "use_gate", heads(use_gate=True), "use_gate"),
        Case("GroupedQueryAttention", "default", calls([(5, 6)], lambda kl, x: kl.GroupQueryAttention(3, 4, 2)(x, x))),
        Case("Attention", "default", merge(pair, lambda kl: kl.Attention())),
        Case("Attention", "three inputs, use_scale", merge([*pair, (5, 6)], lambda kl: kl.Attention(use_scale=True))),
        Case(
            "Attention", "score_mode=concat", merge(pair, lambda kl: kl.Attention(score_mode="concat", use_scale=True))
        ),
        Case("Attention", "causal", calls([(5, 6)], lambda kl, x: kl.Attention()([x, x], use_causal_mask=True))),
        Case("AdditiveAttention", "default", merge(pair, lambda kl: kl.AdditiveAttention())),
        Case("AdditiveAttention", "use_scale=False", merge(pair, lambda kl: kl.AdditiveAttention(use_scale=False))),
    ]


__all__ = ["EXACT", "calls", "cases", "merge", "seq"]
