"""Recurrent layers and wrappers."""

from typing import Any

from tests.tfjs_cases.core import calls, seq
from tests.tfjs_cases.harness import Case

Shape = tuple[int | None, ...]
_X: Shape = (5, 3)
_PLAIN = ("SimpleRNN", "LSTM", "GRU")


def _old(name: str) -> dict[str, Any]:
    return {"reset_after": False} if name == "GRU" else {}


def cases() -> list[Case]:
    found = []
    for name in _PLAIN:
        tries: list[dict[str, Any]] = [{}, {"return_sequences": True}, {"go_backwards": True}, {"use_bias": False}]
        tries += [{"activation": "relu"}, {"dropout": 0.3, "recurrent_dropout": 0.2}, {"unroll": True}]
        for options in tries:
            made = _old(name) | options
            found.append(Case(name, _text(made), seq(_X, lambda kl, n=name, o=made: getattr(kl, n)(4, **o))))
        found += _wired(name)
    return [*found, *_refused(), *_cells(), *_convolutional(), *_distributed()]


def _wired(name: str) -> list[Case]:
    old = _old(name)

    def state(kl: Any, x: Any) -> Any:
        return getattr(kl, name)(4, return_state=True, return_sequences=True, **old)(x)

    def initial(kl: Any, x: Any, y: Any) -> Any:
        _, *states = getattr(kl, name)(4, return_state=True, **old)(x)
        return getattr(kl, name)(4, **old)(y, initial_state=states)

    def masked(kl: Any) -> list[Any]:
        return [kl.Embedding(9, 4, mask_zero=True), getattr(kl, name)(3, return_sequences=True, **old), kl.Dense(2)]

    def both(**options: Any) -> Any:
        return lambda kl: kl.Bidirectional(
            getattr(kl, name)(4, **old, **options.get("inner", {})), **options.get("outer", {})
        )

    merges = [
        Case("Bidirectional", f"{name} {mode}", seq(_X, both(outer={"merge_mode": mode})))
        for mode in ("concat", "sum", "ave", "mul")
    ]
    sequences = {"inner": {"return_sequences": True}}
    return [
        Case(name, "return_state", calls([_X], state)),
        Case(name, "initial_state", calls([_X, (4, 3)], initial)),
        Case(name, "free length", seq((None, 3), lambda kl: getattr(kl, name)(4, **old))),
        Case(name, "mask from Embedding", seq((5,), masked, "int32")),
        Case(name, "mask from Masking", seq(_X, lambda kl: [kl.Masking(), getattr(kl, name)(4, **old)])),
        Case(name, "mask through Dense and Dropout",
            seq(_X, lambda kl: [kl.Masking(), kl.Dense(4), kl.Dropout(0.2), getattr(kl, name)(4, **old)])),
        *merges,
        Case("Bidirectional", f"{name} return_sequences", seq(_X, both(**sequences))),
        Case("Bidirectional", f"{name} return_sequences sum", seq(_X, both(**sequences, outer={"merge_mode": "sum"}))),
        Case("Bidirectional", f"{name} return_state",
            calls([_X], lambda kl, x: both(inner={"return_state": True})(kl)(x))),
        Case("Bidirectional", f"{name} merge_mode=None",
            calls([_X], lambda kl, x: both(outer={"merge_mode": None})(kl)(x))),
        Case("Bidirectional", f"{name} mask", seq((5,), lambda kl: [kl.Embedding(9, 4, mask_zero=True), both()(kl)],
            "int32")),
    ]  # fmt: skip


def _refused() -> list[Case]:
    return [
        Case("GRU", "reset_after=True", seq(_X, lambda kl: kl.GRU(4)), "reset_after"),
        Case("GRU", "reset_after=True, return_sequences", seq(_X, lambda kl: kl.GRU(4, return_sequences=True)),
            "reset_after"),
        Case("GRU", "reset_after=True, free length", seq((None, 3), lambda kl: kl.GRU(4)), "reset_after"),
        Case("Bidirectional", "GRU reset_after=True", seq(_X, lambda kl: kl.Bidirectional(kl.GRU(4))), "reset_after"),
        Case("LSTM", "recurrent_activation=hard_sigmoid",
            seq(_X, lambda kl: kl.LSTM(4, recurrent_activation="hard_sigmoid")), "recurrent_activation"),
        Case("LSTM", "zero_output_for_mask", seq(_X,
            lambda kl: [kl.Masking(), kl.LSTM(4, return_sequences=True,
            zero_output_for_mask=True)]), "zero_output_for_mask"),
        Case("LSTM", "stateful", lambda k: k.Sequential([k.Input(batch_shape=(3, 5, 3)),
            k.layers.LSTM(4, stateful=True)]), "stateful"),
        Case("Bidirectional", "backward_layer", seq(_X,
            lambda kl: kl.Bidirectional(kl.LSTM(4), backward_layer=kl.LSTM(4, go_backwards=True, activation="relu")))),
        Case("Bidirectional", "backward_layer, return_sequences",
            seq(_X, lambda kl: kl.Bidirectional(kl.LSTM(4, return_sequences=True),
            backward_layer=kl.LSTM(4, go_backwards=True, return_sequences=True, activation="relu"))), "backward_layer"),
    ]  # fmt: skip


def _cells() -> list[Case]:
    return [
        Case("RNN", "SimpleRNNCell", seq(_X, lambda kl: kl.RNN(kl.SimpleRNNCell(4)))),
        Case("RNN", "LSTMCell return_sequences", seq(_X, lambda kl: kl.RNN(kl.LSTMCell(4), return_sequences=True))),
        Case("RNN", "GRUCell", seq(_X, lambda kl: kl.RNN(kl.GRUCell(4, reset_after=False)))),
        Case("RNN", "GRUCell reset_after=True", seq(_X, lambda kl: kl.RNN(kl.GRUCell(4))), "reset_after"),
        Case("StackedRNNCells", "two", seq(_X, lambda kl: kl.RNN([kl.LSTMCell(4), kl.LSTMCell(2)]))),
        Case("StackedRNNCells", "three kinds", seq(_X,
            lambda kl: kl.RNN([kl.LSTMCell(4), kl.SimpleRNNCell(3), kl.GRUCell(2, reset_after=False)],
            return_sequences=True))),
        Case("StackedRNNCells", "go_backwards", seq(_X,
            lambda kl: kl.RNN([kl.SimpleRNNCell(4), kl.SimpleRNNCell(3)], go_backwards=True))),
    ]  # fmt: skip


def _convolutional() -> list[Case]:
    shape: Shape = (3, 6, 5, 2)
    tries: list[dict[str, Any]] = [
        {},
        {"padding": "same", "return_sequences": True},
        {"strides": 2},
        {"use_bias": False},
    ]
    tries += [{"dilation_rate": 2, "kernel_size": 2}, {"recurrent_activation": "sigmoid", "activation": "relu"}]
    options = {"filters": 3, "kernel_size": 3}
    found = [Case("ConvLSTM2D", _text(o), seq(shape, lambda kl, o=o: kl.ConvLSTM2D(**options | o))) for o in tries]
    return [
        *found,
        Case("ConvLSTM2D", "return_state", calls([shape],
            lambda kl, x: kl.ConvLSTM2D(**options, return_state=True)(x))),
        Case("ConvLSTM2D", "channels_first", seq((3, 2, 6, 5),
            lambda kl: kl.ConvLSTM2D(**options, data_format="channels_first"))),
        Case("ConvLSTM1D", "channels_first, return_sequences",
            seq((3, 2, 6), lambda kl: kl.ConvLSTM1D(**options, data_format="channels_first", return_sequences=True))),
        Case("ConvLSTM1D", "default", seq((3, 6, 2), lambda kl: kl.ConvLSTM1D(**options))),
        Case("ConvLSTM1D", "return_sequences, same",
            seq((3, 6, 2), lambda kl: kl.ConvLSTM1D(**options, return_sequences=True, padding="same"))),
        Case("ConvLSTM3D", "default", seq((2, 4, 4, 4, 2), lambda kl: kl.ConvLSTM3D(**options)), "ConvLSTM3D"),
    ]  # fmt: skip


def _distributed() -> list[Case]:
    def model(k: Any) -> Any:
        inner = k.Sequential(
            [k.Input((4, 4, 2)), k.layers.Conv2D(3, 2, activation="relu"), k.layers.Flatten(), k.layers.Dense(2)]
        )
        return k.Sequential([k.Input((3, 4, 4, 2)), k.layers.TimeDistributed(inner)])

    def branches(k: Any) -> Any:
        x = k.Input((4,))
        inner = k.Model(x, k.layers.Add()([k.layers.Dense(3)(x), k.layers.Dense(3, activation="tanh")(x)]))
        return k.Sequential([k.Input((5, 4)), k.layers.TimeDistributed(inner)])

    image: Shape = (3, 6, 5, 2)
    return [
        Case("TimeDistributed", "Dense", seq((5, 4), lambda kl: kl.TimeDistributed(kl.Dense(3, activation="softmax")))),
        Case("TimeDistributed", "Dense free length", seq((None, 4), lambda kl: kl.TimeDistributed(kl.Dense(3)))),
        Case("TimeDistributed", "Conv2D", seq(image,
            lambda kl: kl.TimeDistributed(kl.Conv2D(3, 3, activation="relu")))),
        Case("TimeDistributed", "Conv2D hard_silu",
            seq(image, lambda kl: kl.TimeDistributed(kl.Conv2D(3, 3, activation="hard_sigmoid")))),
        Case("TimeDistributed", "MaxPooling2D", seq(image, lambda kl: kl.TimeDistributed(kl.MaxPooling2D(2)))),
        Case("TimeDistributed", "Flatten", seq(image, lambda kl: [kl.TimeDistributed(kl.Flatten()), kl.LSTM(3)])),
        Case("TimeDistributed", "BatchNormalization",
            seq((5, 4), lambda kl: kl.TimeDistributed(kl.BatchNormalization()))),
        Case("TimeDistributed", "LSTM", seq((3, 5, 4), lambda kl: kl.TimeDistributed(kl.LSTM(2)))),
        Case("TimeDistributed", "Sequential", model),
        Case("TimeDistributed", "Functional with branches", branches),
        Case("TimeDistributed", "Dense with mask",
            seq((5,), lambda kl: [kl.Embedding(9, 4, mask_zero=True), kl.TimeDistributed(kl.Dense(3)), kl.LSTM(2)],
            "int32")),
    ]  # fmt: skip


def _text(options: dict[str, Any]) -> str:
    return ", ".join(f"{key}={value}" for key, value in options.items()) or "default"
