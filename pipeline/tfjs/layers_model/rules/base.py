"""The table of rules, and the call that a rule converts.

A rule turns one call of one Keras layer into calls of stock TensorFlow.js layers. It names the options that it reads;
any other option must have its default value, or the layer is refused: no option is ever silently ignored.
"""

import dataclasses
import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn

from pipeline.errors import ConversionError
from pipeline.tfjs.keras_model import USE_GRAPH_FORMAT
from pipeline.tfjs.layers_model.graph import LayersGraph, Mask, Shape, Tensor, carried_mask
from pipeline.tfjs.weights import Weight

Rule = Callable[["LayerCall"], Tensor | Sequence[Tensor]]

# Options that only matter while a model learns; the weights that they shaped are exported as they are.
_TRAINING_ONLY = frozenset({"name", "trainable", "dtype", "seed", "build_config"})
_TRAINING_ONLY_ENDINGS = ("_initializer", "_regularizer", "_constraint", "initializer", "regularizer", "constraint")


@dataclass(frozen=True)
class Entry:
    """One line of the table."""

    name: str  # class name
    module: str  # prefix of the module, because class names collide (keras.src.ops.numpy.Add and the merge layer Add)
    rule: Rule
    reads: frozenset[str]
    note: str  # what the rewrite does and why it is exact; "" when TensorFlow.js has the same layer


TABLE: dict[tuple[str, str], Entry] = {}
_KERAS_LAYERS = "keras.src.layers"


def rule(*names: str, reads: Sequence[str] = (), note: str = "", module: str = _KERAS_LAYERS) -> Callable[[Rule], Rule]:
    """Register a rule for the Keras classes `names`, which may use the options `reads`."""

    def register(function: Rule) -> Rule:
        for name in names:
            TABLE[name, module] = Entry(name, module, function, frozenset(reads), note)
        return function

    return register


def find_rule(layer: Any) -> Entry | None:
    """The entry for a Keras layer. None when there is none, and for a subclass, which may compute anything."""
    kind = type(layer)
    return next(
        (
            entry
            for (name, module), entry in TABLE.items()
            if name == kind.__name__ and kind.__module__.startswith(module)
        ),
        None,
    )


@dataclass(frozen=True)
class LayerCall:
    """One call of one Keras layer: what the rule is given.

    `inputs` are the tensors of the first argument, in order; `arguments` are the other arguments as passed, with every
    Keras tensor replaced by its `Tensor`. `masks` are the masks that Keras computes for `inputs`, and `output_shapes`
    the shapes that it infers. `trace_step` traces the layer that this one applies at each time step.
    """

    layer: Any
    path: str  # names of the models around the layer and its own, joined by "/"
    graph: LayersGraph
    inputs: tuple[Tensor, ...]
    arguments: Mapping[str, Any]
    masks: tuple[Mask | None, ...]
    output_shapes: tuple[Shape, ...]
    trace_step: "Callable[[LayerCall, Any, Shape], LayersGraph]"  # (this call, a wrapped layer, its input shape)
    label: str = ""  # name for the TensorFlow.js layers, when it is not that of `layer`

    @property
    def name(self) -> str:
        """Name of the TensorFlow.js layer that stands for the Keras layer."""
        return self.label or str(self.layer.name)

    def inner(self, layer: Any, *, keep_name: bool = True) -> "LayerCall":
        """The same call with the layer that this one wraps."""
        path, label = f"{self.path}/{layer.name}", self.name if keep_name else ""
        return dataclasses.replace(self, layer=layer, path=path, label=label)

    @property
    def x(self) -> Tensor:
        """The only input.

        Raises:
            ConversionError: there are several.
        """
        if len(self.inputs) != 1:
            self.refuse("number of inputs", len(self.inputs), "pass one tensor")
        return self.inputs[0]

    @property
    def shape(self) -> Shape:
        """Shape of the only output."""
        return self.output_shapes[0]

    @cached_property
    def config(self) -> Mapping[str, Any]:
        """The options of the Keras layer as `get_config` returns them.

        Raises:
            ConversionError: Keras cannot return them, as for operations on constant arrays.
        """
        try:
            return dict(self.layer.get_config())
        except NotImplementedError:
            self.refuse("options", "values that Keras cannot serialise", "use plain numbers")

    def emit(
        self,
        class_name: str,
        inputs: Tensor | Sequence[Tensor],
        config: Mapping[str, Any] | None = None,
        *,
        part: str = "",
        weights: Sequence[Weight] = (),
        shape: Shape | None = None,
    ) -> Tensor:
        """Call a TensorFlow.js layer with one output.

        `part` distinguishes the layers of a rewrite: the one without it gets the Keras layer's own name. `shape` is
        the output's, by default that of the first input.
        """
        first = inputs if isinstance(inputs, Tensor) else inputs[0]
        shapes = [first.shape if shape is None else shape]
        return self.emit_many(class_name, inputs, config, part=part, weights=weights, shapes=shapes)[0]

    def emit_many(
        self,
        class_name: str,
        inputs: Tensor | Sequence[Tensor],
        config: Mapping[str, Any] | None = None,
        *,
        part: str = "",
        weights: Sequence[Weight] = (),
        shapes: Sequence[Shape],
    ) -> list[Tensor]:
        """Call a TensorFlow.js layer with any number of outputs.

        Raises:
            ConversionError: the config holds a number that is not finite, which JSON cannot represent.
        """
        tensors = [inputs] if isinstance(inputs, Tensor) else list(inputs)
        settings = dict(config or {})
        for number in _numbers_in(settings):
            if not math.isfinite(number):
                self.refuse("constant", number, "use a finite one")
        return self.graph.call(
            class_name,
            tensors,
            settings,
            key=(id(self.layer), part),
            name=f"{self.name}_{part}" if part else self.name,
            source=self.path,
            shapes=shapes,
            weights=weights,
            mask=carried_mask(class_name, settings, tensors),
            trainable=bool(getattr(self.layer, "trainable", True)),
        )

    def refuse(self, option: str, received: object, alternative: str) -> NoReturn:
        """Refuse an option of this layer.

        Raises:
            ConversionError: always.
        """
        raise ConversionError(
            f"Layer '{self.path}' ({type(self.layer).__name__}): TensorFlow.js cannot compute {option} as Keras does. "
            f"Received: {option}={received!r}. {USE_GRAPH_FORMAT}, or {alternative}."
        )

    def refuse_masks(self) -> None:
        """Refuse a mask, for layers that use one in Keras in a way that TensorFlow.js does not.

        Raises:
            ConversionError: an input carries a mask.
        """
        if any(mask is not None for mask in self.masks) or self.arguments.get("mask") is not None:
            self.refuse("mask", "a mask", "remove the mask before this layer")


def _numbers_in(value: Any) -> Iterator[float]:
    """All floats of a config."""
    if isinstance(value, float):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _numbers_in(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _numbers_in(one)


def apply_rule(call: LayerCall) -> list[Tensor]:
    """Apply the rule of a layer after checking that all its options are read.

    Raises:
        ConversionError: there is no rule, or the layer has an option that cannot be kept.
    """
    entry = find_rule(call.layer)
    if entry is None:
        kind = type(call.layer)
        raise ConversionError(
            f"Layer '{call.path}': TensorFlow.js has no layer that computes what {kind.__module__}.{kind.__name__} "
            f"does, and no exact rewrite is known. Received: {kind.__name__}. "
            f"{USE_GRAPH_FORMAT}, or replace the layer with a built-in one."
        )
    _check_options(call, entry)
    result = entry.rule(call)
    outputs = [result] if isinstance(result, Tensor) else list(result)
    for output, expected in zip(outputs, call.output_shapes, strict=True):
        if not _compatible(output.shape, expected):
            raise ConversionError(
                f"Layer '{call.path}' ({entry.name}) must give shape {expected}, as in Keras. "
                f"Received: {output.shape} from the rule. {USE_GRAPH_FORMAT} and report this model."
            )
    return outputs


def _check_options(call: LayerCall, entry: Entry) -> None:
    policy = call.layer.dtype_policy.name if hasattr(call.layer, "dtype_policy") else "float32"
    if policy not in ("float32", "int32", "int64", "bool", "uint8"):
        call.refuse("dtype", policy, "rebuild the model with dtype='float32' and load its weights")
    defaults = _defaults(type(call.layer))
    for option, value in call.config.items():
        if option in entry.reads or "*" in entry.reads:
            continue
        if option in _TRAINING_ONLY or option.endswith(_TRAINING_ONLY_ENDINGS):
            continue
        if value is None and option not in defaults:
            continue  # disabled
        if option not in defaults or not _same(value, defaults[option]):
            call.refuse(option, value, f"use the default ({defaults.get(option)!r})")


def _defaults(kind: type) -> dict[str, Any]:
    parameters = inspect.signature(kind.__init__).parameters  # type: ignore[misc]
    return {name: p.default for name, p in parameters.items() if p.default is not inspect.Parameter.empty}


def _same(value: Any, default: Any) -> bool:
    if isinstance(value, list | tuple) and isinstance(default, list | tuple):
        return list(value) == list(default)
    return bool(value == default)


def _compatible(ours: Shape, theirs: Shape) -> bool:
    """Whether the shapes agree. A free size matches any: Keras and TensorFlow.js may infer different amounts."""
    return len(ours) == len(theirs) and all(a is None or b is None or a == b for a, b in zip(ours, theirs, strict=True))
