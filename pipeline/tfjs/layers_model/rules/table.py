"""The table of rules.

A rule turns one call of one Keras layer into calls of stock TensorFlow.js layers. It
names the options that it reads; any other option must have its default value, or the
layer is refused: no option is ever silently ignored.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from pipeline.errors import ConfigError, ConversionError
from pipeline.tfjs.keras_model import USE_GRAPH_FORMAT
from pipeline.tfjs.layers_model.graph import FreeSizeError, Shape, Tensor
from pipeline.tfjs.layers_model.layer_call import LayerCall
from pipeline.tfjs.precision import is_lower, refusal

Rule = Callable[[LayerCall], Tensor | Sequence[Tensor]]

# Options that only matter while a model learns; the weights that they shaped are
# exported as they are.
_TRAINING_ONLY = frozenset({"name", "trainable", "dtype", "seed", "build_config"})
_TRAINING_ONLY_ENDINGS = ("initializer", "regularizer", "constraint")


@dataclass(frozen=True)
class Entry:
    """One line of the table."""

    name: str  # class name
    # prefix of the module, because class names collide (keras.src.ops.numpy.Add and the
    # merge layer Add)
    module: str
    rule: Rule
    reads: frozenset[str]
    # what the rewrite does and why it is exact; "" when TensorFlow.js has the same
    # layer
    note: str


TABLE: dict[tuple[str, str], Entry] = {}
_own: ContextVar[Mapping[type, Rule]] = ContextVar("rules of the caller, by class")
_KERAS_LAYERS = "keras.src.layers"
NUMPY, NN, CORE = (f"keras.src.ops.{name}" for name in ("numpy", "nn", "core"))


def rule(
    *names: str, reads: Sequence[str] = (), note: str = "", module: str = _KERAS_LAYERS
) -> Callable[[Rule], Rule]:
    """Register a rule for the Keras classes `names`, which may use the options
    `reads`.
    """

    def register(function: Rule) -> Rule:
        for name in names:
            TABLE[name, module] = Entry(name, module, function, frozenset(reads), note)
        return function

    return register


def op(*names: str, module: str = NUMPY, note: str = "") -> Callable[[Rule], Rule]:
    """Register a rule for operations between layers; each rule reads all arguments
    itself.
    """
    return rule(*names, reads=["*"], module=module, note=note)


@contextmanager
def own_rules(rules: Mapping[type, Rule]) -> Iterator[None]:
    """Inside, layers of these very classes become what the caller's rules make of them;
    ConfigError for other keys.
    """
    for kind, function in rules.items():
        if not (isinstance(kind, type) and callable(function)):
            raise ConfigError(
                f"layer_rules must have functions by class. Received: {{{kind!r}:"
                f" {function!r}}}. Next step: pass the class and the function"
                " themselves, as in layer_rules={Gate: gate}."
            )
    token = _own.set(rules)
    try:
        yield
    finally:
        _own.reset(token)


def find_rule(layer: Any) -> Entry | None:
    """The entry for a Keras layer.

    None when there is none, and for a subclass, which may compute anything.
    """
    kind = type(layer)
    if (own := _own.get({}).get(kind)) is not None:
        return Entry(
            kind.__name__, kind.__module__, own, frozenset("*"), "a rule of your own"
        )
    for (name, module), entry in TABLE.items():
        if name == kind.__name__ and kind.__module__.startswith(module):
            return entry
    return None


def apply_rule(call: LayerCall) -> list[Tensor]:
    """Apply the rule of a layer.

    ConversionError if there is none, or for an option that the rule does not read.
    """
    entry = find_rule(call.layer)
    if entry is None:
        kind = type(call.layer)
        rules = (
            ", or build it of Keras' own layers, or pass"
            f" layer_rules={{{kind.__name__}: rule}}"
        )
        own = "" if kind.__module__.startswith("keras.src.") else rules
        raise ConversionError(
            f"Layer '{call.path}' ({kind.__name__}): TensorFlow.js has no layer that"
            " computes what it does, and no exact rewrite is known. Received:"
            f" {kind.__module__}.{kind.__name__}. {USE_GRAPH_FORMAT}{own}."
        )
    _check_options(call, entry)
    try:
        result = entry.rule(call)
    except FreeSizeError as error:
        call.refuse("free sizes", error.args[0], "fix the size of the model's input")
    outputs = [result] if isinstance(result, Tensor) else list(result or ())
    if len(outputs) != len(call.output_shapes):
        raise ConfigError(
            f"The rule for {entry.name} must return what stands for each output of the"
            f" layer: {len(call.output_shapes)}. Received: {result!r:.80}. Next step:"
            " return what call.emit(…) returns."
        )
    for output, expected in zip(outputs, call.output_shapes, strict=True):
        if not _compatible(output.shape, expected):
            raise ConversionError(
                f"Layer '{call.path}' ({entry.name}) must give shape {expected}, as in"
                f" Keras. Received: {output.shape} from the rule. {USE_GRAPH_FORMAT}"
                " and report this model."
            )
    return outputs


def _check_options(call: LayerCall, entry: Entry) -> None:
    if is_lower(call.layer):
        raise refusal(call.layer, call.path)
    policy = (
        call.layer.dtype_policy.name
        if hasattr(call.layer, "dtype_policy")
        else "float32"
    )
    if policy not in ("float32", "int32", "int64", "bool", "uint8"):
        call.refuse(
            "dtype",
            policy,
            "rebuild the model with dtype='float32' and load its weights",
        )
    parameters = inspect.signature(type(call.layer).__init__).parameters
    defaults = {
        name: p.default
        for name, p in parameters.items()
        if p.default is not inspect.Parameter.empty
    }
    for option, value in call.config.items():
        if (
            {option, "*"} & entry.reads
            or option in _TRAINING_ONLY
            or option.endswith(_TRAINING_ONLY_ENDINGS)
        ):
            continue
        if value is None and option not in defaults:
            continue  # disabled
        if option not in defaults or not _same(value, defaults[option]):
            call.refuse(option, value, f"use the default ({defaults.get(option)!r})")


def _same(value: Any, default: Any) -> bool:
    if isinstance(value, list | tuple) and isinstance(default, list | tuple):
        return list(value) == list(default)
    return bool(value == default)


def _compatible(ours: Shape, theirs: Shape) -> bool:
    """Return whether the shapes agree.

    A free size matches any: Keras and TensorFlow.js may infer different amounts.
    """
    return len(ours) == len(theirs) and all(
        a is None or b is None or a == b for a, b in zip(ours, theirs, strict=True)
    )
