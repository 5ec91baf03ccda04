"""The table of rules and what a rule works with.

A rule turns one call of one Keras layer into calls of stock TensorFlow.js layers. It names the options that it reads;
an option that nobody reads is refused unless it has its default value, so nothing is ever ignored in silence.
"""

import dataclasses
import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn

from pipeline.errors import ConversionError
from pipeline.tfjs.layers_model.graph import Graph, Mask, Shape, Tensor, carried_mask
from pipeline.tfjs.weights import Weight

GRAPH_INSTEAD = "Next step: use format='graph' (or 'auto')"
Rule = Callable[["Site"], Tensor | Sequence[Tensor]]

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
    """Enter a rule for the Keras classes `names`, which may use the options `reads`."""

    def enter(function: Rule) -> Rule:
        for name in names:
            TABLE[name, module] = Entry(name, module, function, frozenset(reads), note)
        return function

    return enter


def find(layer: Any) -> Entry | None:
    """The entry for a Keras layer; None when there is none, also for a subclass (it may compute anything)."""
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
class Site:
    """One call of one Keras layer: what the rule is given.

    `inputs` are the tensors of the first argument in order; `arguments` are the other arguments as they were passed,
    with every Keras tensor replaced by its `Tensor`. `masks` are the masks that Keras computes for `inputs`.
    `output_shapes` are what Keras infers.
    """

    layer: Any
    path: str  # names of the models around the layer and its own, joined by "/"
    graph: Graph
    inputs: tuple[Tensor, ...]
    arguments: Mapping[str, Any]
    masks: tuple[Mask | None, ...]
    output_shapes: tuple[Shape, ...]
    label: str = ""  # name for the TensorFlow.js layers, when it is not that of `layer`

    @property
    def name(self) -> str:
        """Name of the TensorFlow.js layer that stands for the Keras layer."""
        return self.label or str(self.layer.name)

    def inner(self, layer: Any, *, keep_name: bool = True) -> "Site":
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
        """The options of the Keras layer as `get_config` tells them.

        Raises:
            ConversionError: Keras does not tell them, as of operations on constant arrays.
        """
        try:
            return dict(self.layer.get_config())
        except NotImplementedError:
            self.refuse("options", "what Keras cannot write down", "use plain numbers")

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

        `part` tells the pieces of a rewrite apart: the piece without it carries the Keras layer's own name. `shape`
        is that of the output, by default that of the first input.
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
            ConversionError: the config holds a number that is not finite, for which JSON has no word.
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
            f"Received: {option}={received!r}. {GRAPH_INSTEAD}, or {alternative}."
        )

    def refuse_masks(self) -> None:
        """For layers that use a mask in Keras in a way that TensorFlow.js does not.

        Raises:
            ConversionError: an input carries a mask.
        """
        if any(mask is not None for mask in self.masks) or self.arguments.get("mask") is not None:
            self.refuse("mask", "a mask", "take the mask away before this layer")


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


def apply(site: Site) -> list[Tensor]:
    """Apply the rule of a layer after checking that all its options are read.

    Raises:
        ConversionError: there is no rule, or the layer has an option that cannot be kept.
    """
    entry = find(site.layer)
    if entry is None:
        kind = type(site.layer)
        raise ConversionError(
            f"Layer '{site.path}': TensorFlow.js has nothing that computes what "
            f"{kind.__module__}.{kind.__name__} does, and no "
            f"exact rewrite is known. Received: {kind.__name__}. {GRAPH_INSTEAD}, or replace the "
            "layer by a built-in one."
        )
    _check_options(site, entry)
    result = entry.rule(site)
    outputs = [result] if isinstance(result, Tensor) else list(result)
    for output, expected in zip(outputs, site.output_shapes, strict=True):
        if not _compatible(output.shape, expected):
            raise ConversionError(
                f"Layer '{site.path}' ({entry.name}) would give {output.shape} in TensorFlow.js. "
                f"Keras gives {expected}. "
                f"{GRAPH_INSTEAD} and report this model."
            )
    return outputs


def _check_options(site: Site, entry: Entry) -> None:
    policy = site.layer.dtype_policy.name if hasattr(site.layer, "dtype_policy") else "float32"
    if policy not in ("float32", "int32", "int64", "bool", "uint8"):
        site.refuse("dtype", policy, "rebuild the model with dtype='float32' and load its weights")
    defaults = _defaults(type(site.layer))
    for option, value in site.config.items():
        if option in entry.reads or "*" in entry.reads:
            continue
        if option in _TRAINING_ONLY or option.endswith(_TRAINING_ONLY_ENDINGS):
            continue
        if value is None and option not in defaults:
            continue  # switched off
        if option not in defaults or not _same(value, defaults[option]):
            site.refuse(option, value, f"use the default ({defaults.get(option)!r})")


def _defaults(kind: type) -> dict[str, Any]:
    parameters = inspect.signature(kind.__init__).parameters  # type: ignore[misc]
    return {name: p.default for name, p in parameters.items() if p.default is not inspect.Parameter.empty}


def _same(value: Any, default: Any) -> bool:
    if isinstance(value, list | tuple) and isinstance(default, list | tuple):
        return list(value) == list(default)
    return bool(value == default)


def _compatible(ours: Shape, theirs: Shape) -> bool:
    """Free sizes match anything: TensorFlow.js and Keras may know more or less about them."""
    return len(ours) == len(theirs) and all(a is None or b is None or a == b for a, b in zip(ours, theirs, strict=True))
