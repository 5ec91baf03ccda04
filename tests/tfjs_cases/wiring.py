"""How layers are put together, where that takes more than a line of cases.toml:

names, nesting, masks, loops.
"""

import inspect
from typing import Any

import numpy as np

from tests.tfjs_cases.harness import EXACT, Case


def cases() -> list[Case]:
    """A case for each function below, whose name is its options."""
    made = {
        name.strip("_").replace("_", " "): make
        for name, make in globals().items()
        if name.startswith("_")
    }
    return [
        Case("wiring", name, make, REFUSED.get(name, EXACT))
        for name, make in made.items()
        if inspect.isfunction(make)
    ]


def _several_inputs_and_outputs(k: Any) -> Any:
    a, b = k.Input((4,), name="first"), k.Input((3,), name="second")
    both = k.layers.Concatenate()([k.layers.Dense(5)(a), k.layers.Dense(5)(b)])
    return k.Model(
        [b, a],
        [k.layers.Dense(2, name="z")(both), k.layers.Dense(3, name="a")(both), both],
    )


def _dictionaries_in_and_out(k: Any) -> Any:
    inputs = {"right": k.Input((4,), name="right"), "left": k.Input((4,), name="left")}
    difference = k.layers.Subtract()([inputs["right"], inputs["left"]])
    return k.Model(
        inputs,
        {
            "sum": k.layers.Add()(list(inputs.values())),
            "difference": k.layers.Dense(2)(difference),
        },
    )


def _shared_layers_that_wait_for_each_other(k: Any) -> Any:
    x, s, t = k.Input((4,)), k.layers.Dense(4), k.layers.Dense(4, activation="relu")
    first = s(x)
    second = s(k.layers.Dense(4)(first))
    return k.Model(x, k.layers.Concatenate()([t(second), t(x), t(first)]))


def _shared_layer_on_two_lengths(k: Any) -> Any:
    a, b, conv = (
        k.Input((6, 3)),
        k.Input((9, 3)),
        k.layers.Conv1D(4, 3, padding="causal"),
    )
    pool = k.layers.GlobalMaxPooling1D(keepdims=True)
    return k.Model([a, b], k.layers.Add()([pool(conv(a)), pool(conv(b))]))


def _nested_model_called_twice(k: Any) -> Any:
    x = k.Input((4,))
    inner = k.Model(x, k.layers.Add()([k.layers.Dense(4)(x), x]))
    a, b = k.Input((4,)), k.Input((4,))
    return k.Model([a, b], k.layers.Concatenate()([inner(a), inner(inner(b))]))


def _nested_model_with_several_inputs_and_outputs(k: Any) -> Any:
    p, q = k.Input((4,)), k.Input((3,))
    inner = k.Model([p, q], [k.layers.Dense(2)(p), k.layers.Concatenate()([p, q])])
    a, b = k.Input((4,)), k.Input((3,))
    small, large = inner([a, b])
    return k.Model([a, b], [large, k.layers.Dense(2)(small)])


def _models_on_their_own_input(k: Any) -> Any:
    x, code = k.Input((6,)), k.Input((3,))
    encoder = k.Model(x, k.layers.Dense(3, activation="tanh")(x))
    decoder = k.Model(code, k.layers.Dense(6)(code))
    # the autoencoder: now the encoder's input has a reader that the encoder has not
    k.Model(x, decoder(encoder(x)))
    return encoder


def _autoencoder(k: Any) -> Any:
    x, code = k.Input((6,)), k.Input((3,))
    encoder = k.Model(x, k.layers.Dense(3, activation="tanh")(x))
    return k.Model(x, k.Model(code, k.layers.Dense(6)(code))(encoder(x)))


def _base_of_its_own_input(k: Any) -> Any:
    x = k.Input((4,))
    base = k.Model(x, k.layers.Dense(4, activation="tanh")(x))
    return k.Model(base.input, base(base(base.input)))


def _model_with_an_inner_tensor_of_another(k: Any) -> Any:
    x = k.Input((4,))
    hidden = k.layers.Dense(4, activation="tanh")(x)
    inner = k.Model(x, k.layers.Dense(4)(hidden))
    return k.Model(x, k.layers.Concatenate()([inner(hidden), hidden, x]))


def _list_model_called_with_a_dictionary(k: Any) -> Any:
    b, a = k.Input((4,), name="b"), k.Input((4,), name="a")
    inner = k.Model([b, a], k.layers.Concatenate()([k.layers.Dense(3)(b), a]))
    x, y = k.Input((4,)), k.Input((4,))
    return k.Model([x, y], inner(inputs={"a": x, "b": y}))


def _output_of_a_nested_model_that_nobody_reads(k: Any) -> Any:
    x = k.Input((4,))
    inner = k.Model(x, [k.layers.Dense(3)(x), k.layers.Dense(2)(x)])
    y = k.Input((4,))
    return k.Model(y, k.layers.Dense(2)(inner(y)[1]))


def _names_that_tensorflow_js_would_refuse(k: Any) -> Any:
    x = k.Input((4,), name="in put")
    y = k.layers.Dense(3, name="_dense (α)")(x)
    return k.Model(x, k.layers.Dense(2, name="7 out")(y))


def _encoder_and_decoder(k: Any) -> Any:
    source, target = k.Input((6, 3)), k.Input((4, 3))
    _, h, c = k.layers.LSTM(4, return_state=True)(source)
    decoded = k.layers.LSTM(4, return_sequences=True)(target, initial_state=[h, c])
    return k.Model(
        [source, target],
        k.layers.TimeDistributed(k.layers.Dense(5, activation="softmax"))(decoded),
    )


def _transformer_block(k: Any) -> Any:
    ids = k.Input((6,), dtype="int32")
    x = k.layers.Embedding(9, 8)(ids)
    x = k.layers.LayerNormalization()(
        x + k.layers.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True)
    )
    y = k.layers.Dense(8)(k.layers.Dense(16, activation="gelu")(x))
    return k.Model(
        ids,
        k.layers.Dense(9, activation="softmax")(k.layers.LayerNormalization()(x + y)),
    )


def _residual_blocks(k: Any) -> Any:
    x = k.Input((8, 8, 3))
    y = k.layers.Conv2D(4, 3, padding="same", use_bias=False)(x)
    y = k.layers.ReLU()(k.layers.BatchNormalization()(y))
    y = k.layers.Add()([y, k.layers.Conv2D(4, 1)(x)])
    gate = k.layers.Dense(4, activation="hard_sigmoid")(
        k.layers.GlobalAveragePooling2D(keepdims=True)(y)
    )
    return k.Model(
        x, k.layers.Dense(3)(k.layers.Flatten()(k.layers.Multiply()([y, gate])))
    )


def _custom_layer(k: Any) -> Any:
    class Twice(k.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x * 2.0

    return k.Sequential([k.Input((4,)), Twice()])


def _subclass_of_a_known_layer(k: Any) -> Any:
    class Dense(k.layers.Dense):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return super().call(x) * 2.0

    return k.Sequential([k.Input((4,)), Dense(2)])


def _while_loop(k: Any) -> Any:
    class Repeat(k.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return k.ops.while_loop(
                lambda n, _: n < 3, lambda n, x: (n + 1, k.ops.tanh(x * 1.5)), (0, x)
            )[1]

        def compute_output_shape(self, shape: Any) -> Any:
            return shape

    return k.Sequential([k.Input((4,)), Repeat()])


def _scan(k: Any) -> Any:
    class Sums(k.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            steps = k.ops.transpose(x, (1, 0, 2))
            return k.ops.scan(
                lambda total, step: (total + step, total * step),
                k.ops.zeros_like(x[:, 0]),
                steps,
            )[0]

        def compute_output_shape(self, shape: Any) -> Any:
            return (shape[0], shape[2])

    return k.Sequential([k.Input((5, 4)), Sums()])


def _feature_space(k: Any) -> Any:
    import tensorflow as tf

    kinds = {
        "age": "float_normalized",
        "size": "float_discretized",
        "kind": "integer_categorical",
    }
    space = k.utils.FeatureSpace(kinds, output_mode="concat")
    numbers = np.arange(8)
    columns = {
        "age": numbers.astype("float32"),
        "size": numbers.astype("float32") ** 2,
        "kind": numbers % 3,
    }
    space.adapt(tf.data.Dataset.from_tensor_slices(columns))
    return k.Model(space.get_inputs(), k.layers.Dense(2)(space.get_encoded_features()))


REFUSED = {
    "custom layer": "Twice", "subclass of a known layer": "Dense", "while loop": "Repeat", "scan": "Sums",
    "feature space": "Discretization",
}  # fmt: skip
