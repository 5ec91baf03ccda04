"""The graph route: a frozen TensorFlow graph through the official converter, rewritten
where TensorFlow.js differs.

Importing the converter takes seconds and prints, so it is imported only inside the
functions that need it.
"""

import contextlib
import gc
import importlib
import io
import logging
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any

from pipeline.errors import ConversionError
from pipeline.system.tensorflow import UNUSED, importing_instead, native_noise_captured
from pipeline.tfjs.graph_model.frozen import FrozenGraph, take_weights
from pipeline.tfjs.graph_model.missing import missing_operations
from pipeline.tfjs.graph_model.rewrites import rewrite_ops
from pipeline.tfjs.graph_model.tracer import Loops, ready_to_trace, trace_function
from pipeline.tfjs.keras_model import reason_of, replaced
from pipeline.tfjs.precision import lower_layers, refusal
from pipeline.tfjs.weights import Dtype

_CONVERTER = "tensorflowjs.converters.tf_saved_model_conversion_v2"
# The converter imports these for other inputs than ours: JAX, decision forests,
# TensorFlow Hub, Keras 2. None has to be installed, so TensorFlow may be of any
# version; with JAX itself (see UNUSED) they would take half a second and 130 MB.
_JAX = ModuleType("tensorflowjs.converters.jax_conversion")
_JAX.__dict__["convert_jax"] = None  # the converters' package re-exports it
_UNINSTALLED = ("tensorflow_decision_forests", "tensorflow_hub", "tf_keras")
_STAND_INS = {
    module.__name__: module for module in (_JAX, *map(ModuleType, _UNINSTALLED))
}
# Which of the operations that Grappler fuses TensorFlow.js can run.
_FUSED_KERNELS = frozenset({"_FusedConv2D", "_FusedMatMul"})
# TensorFlow.js runs these as functions ("control flow v2"); the switches and merges
# that others become stop it.
_BRANCHES = frozenset({"While", "StatelessWhile", "If", "StatelessIf"})
_FUSED_STEPS = frozenset(
    {
        "BiasAdd",
        "FusedBatchNorm",
        "Relu",
        "Relu6",
        "Elu",
        "Prelu",
        "LeakyRelu",
        "Sigmoid",
    }
)


INSTALL = (  # what it asks for would bring TensorFlow back to 2.19
    "pip install --no-deps tensorflowjs==4.22.0"
)


def converter_version() -> str | None:
    """The version of the official converter that is installed; None without one.

    Imports nothing.
    """
    try:
        return version("tensorflowjs")
    except PackageNotFoundError:
        return None


def graph_available() -> str | None:
    """Why graph-models cannot be written here; None when they can.

    Imports the converter, and TensorFlow with it.
    """
    installed = converter_version()
    if installed is None:
        return "the official converter is not installed"
    try:
        import_converter()
    except (
        Exception
    ) as error:  # a converter and a TensorFlow that do not fit fail in many ways
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        return (
            f"the official converter, tensorflowjs {installed}, cannot be imported:"
            f" {reason}"
        )
    return None


@dataclass(frozen=True)
class ConvertedGraph:
    """A model as the official converter turned it into a graph of TensorFlow.js
    operations, ready to be written.
    """

    topology: dict[str, Any]
    weights: list[Any]  # groups of the converter's entries
    signature: Any


def write_graph_model(
    model: Any,
    directory: Path,
    *,
    dtype: Dtype = "float32",
    metadata: Mapping[str, Any] | None = None,
    loops: Loops = "unroll",
) -> None:
    """Convert the model and write it; see `convert_graph` and `write_graph_json`."""
    write_graph_json(
        convert_graph(model, loops=loops), directory, dtype=dtype, metadata=metadata
    )


def convert_graph(model: Any, *, loops: Loops = "unroll") -> ConvertedGraph:
    """Convert `model` to a graph of TensorFlow.js operations. It is as before when this
    returns, also after an error.

    `loops` says what becomes of recurrent layers: "unroll" repeats the cell for each
    time step, whose number must be fixed; "while" keeps a loop, which TensorFlow.js
    runs with `executeAsync`. Raises ConversionError when the converter is not
    installed, or cannot convert the model.
    """
    reason = graph_available()
    if reason is not None:
        raise ConversionError(
            f"Graph-models cannot be written here: {reason}. Next step: {INSTALL}"
        )
    check_dtypes(model)
    with native_noise_captured(), quiet(), ready_to_trace(model, loops):
        converter = import_converter()
        try:
            return _convert(converter, model)
        except ConversionError:
            raise
        except (
            Exception
        ) as error:  # TensorFlow and the converter raise many types: callers handle one
            text = str(error).strip().splitlines()
            free = any(
                size is None for tensor in model.inputs for size in tensor.shape[1:]
            )
            fixed = "give the model's inputs fixed sizes, or " if free else ""
            detail = (
                f" {text[1]}"
                if len(text) > 1 and text[0].endswith("optimization")
                else ""
            )
            raise ConversionError(
                f"The official converter could not convert '{model.name}'. Received:"
                f" {reason_of(error)}{detail}. Next step: {fixed}replace the layer that"
                " causes it."
            ) from error


def write_graph_json(
    graph: ConvertedGraph,
    directory: Path,
    *,
    dtype: Dtype = "float32",
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Write `model.json` and its weight shards into `directory`, which is created;
    OSError when that fails.

    Float32 weights are stored as `dtype`, integers as they are. `metadata` is
    TensorFlow.js's `userDefinedMetadata`.
    """
    import tensorflow as tf

    directory.mkdir(parents=True, exist_ok=True)
    try:
        with quiet():
            import_converter().write_artifacts(
                graph.topology,
                graph.weights,
                str(directory / "model.json"),
                tf.__version__,
                graph.signature,
                quantization_dtype_map=None if dtype == "float32" else {dtype: True},
                metadata=dict(metadata) if metadata else None,
            )
    except (
        tf.errors.OpError
    ) as error:  # how TensorFlow's file functions report a full disk
        raise OSError(error.message) from error


def check_dtypes(model: Any, runtime: str = "TensorFlow.js") -> None:
    """Refuse a model that does not compute in float32 with a ConversionError."""
    if lower := lower_layers(model):
        raise refusal(lower[0])
    for layer in model._flatten_layers():
        compute = str(getattr(layer, "compute_dtype", None) or "float32")
        if compute.startswith("float") and compute != "float32":
            raise ConversionError(
                f"Layer '{layer.name}' computes in {compute} and {runtime} in float32,"
                " so the results would differ. Received:"
                f" dtype={layer.dtype_policy.name!r}. Next step: rebuild the model with"
                " dtype='float32' and load its weights."
            )


def import_converter() -> ModuleType:
    """The converter's module, imported without its warnings and without optional
    packages that nothing here uses.
    """
    with quiet(), importing_instead(UNUSED | _STAND_INS):
        return importlib.import_module(_CONVERTER)


def _convert(converter: Any, model: Any) -> ConvertedGraph:
    concrete, names_in, names_out = trace_function(model)
    frozen = rewrite_ops(_freeze(converter, concrete))
    gc.collect()  # what freezing left refers to itself, and holds all weights
    signature = converter.meta_graph_pb2.SignatureDef()
    # the rest are variables and constants, which freezing removes
    placeholders = concrete.inputs[: len(names_in)]
    for entries, names, tensors in (
        (signature.inputs, names_in, placeholders),
        (signature.outputs, names_out, concrete.outputs),
    ):
        for name, tensor in zip(names, tensors, strict=True):
            entries[name].name = tensor.name
            entries[name].dtype = tensor.dtype.as_datatype_enum
            entries[name].tensor_shape.CopyFrom(tensor.shape.as_proto())
    try:
        optimized = _optimize(converter, frozen, signature)
    except ValueError as error:
        raise missing_operations(model, frozen.graph, str(error)) or error from None
    # before the topology: it also removes the values from the graph
    weights = converter.extract_weights(optimized)
    return ConvertedGraph(
        _in_order(converter.MessageToDict(optimized)), weights, signature
    )


def _freeze(converter: Any, concrete: Any) -> FrozenGraph:
    """The function's graph with constants for variables.

    TensorFlow copies it many times, but without large weights.
    """
    from tensorflow.python.framework import convert_to_constants

    weights: dict[float, bytes] = {}
    construct = convert_to_constants._construct_concrete_function

    def construct_small(function: Any, graph_def: Any, *arguments: Any) -> Any:
        weights.update(take_weights(graph_def))
        return construct(function, graph_def, *arguments)

    with replaced(
        convert_to_constants, "_construct_concrete_function", construct_small
    ):
        branches = any(one.type in _BRANCHES for one in concrete.graph.get_operations())
        return FrozenGraph(
            converter._freeze_saved_model_v2(concrete, branches), weights
        )


def _in_order(graph: dict[str, Any]) -> dict[str, Any]:
    """The graph with each node's attributes sorted by name:

    protocol buffers order them differently in each process.
    """
    functions = graph.get("library", {}).get("function", [])
    for node in [
        *graph["node"],
        *(node for function in functions for node in function.get("nodeDef", [])),
    ]:
        node["attr"] = dict(sorted(node.get("attr", {}).items()))
    return graph


def _optimize(converter: Any, frozen: FrozenGraph, signature: Any) -> Any:
    """Grappler as the converter runs it, without its remap pass if that creates
    operations that TensorFlow.js lacks.
    """
    run_grappler = converter._run_grappler
    # the weights that Grappler computes with, such as kernels before a batch
    # normalization
    needed: set[float] = set()

    def run(config: Any, graph_def: Any, *arguments: Any) -> Any:
        frozen.fill(graph_def, needed)
        optimized = run_grappler(config, graph_def, *arguments)
        passes = config.graph_options.rewrite_options.optimizers
        if "remap" in passes and not all(_runs_fused(node) for node in optimized.node):
            passes.remove("remap")
            optimized = run_grappler(config, graph_def, *arguments)
        return optimized

    with replaced(converter, "_run_grappler", run):
        optimized = converter.optimize_graph(frozen.graph, signature)
        while more := frozen.changed(optimized) - needed:
            needed |= more
            optimized = converter.optimize_graph(frozen.graph, signature)
    frozen.fill(optimized, frozen.weights)
    return optimized


def _runs_fused(node: Any) -> bool:
    fused = (
        {name.decode() for name in node.attr["fused_ops"].list.s}
        if "fused_ops" in node.attr
        else set()
    )
    return (
        not node.op.startswith("_Fused") or node.op in _FUSED_KERNELS
    ) and fused <= _FUSED_STEPS


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silence what converters and TensorFlow print; errors are still raised."""
    loggers = [logging.getLogger(name) for name in ("tensorflow", "absl", "root")]
    levels = [logger.level for logger in loggers]
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")  # the packages warn of one another
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
