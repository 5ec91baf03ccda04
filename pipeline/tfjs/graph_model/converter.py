"""The other route: a frozen TensorFlow graph through the official converter, mended where its result would not run.

Importing the converter takes seconds and prints, so it happens only inside the functions that need it.
"""

import contextlib
import importlib
import importlib.util
import io
import logging
import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from pipeline.errors import ConversionError
from pipeline.records import FileDigest
from pipeline.system.tensorflow import UNUSED, importing_instead, native_noise_captured
from pipeline.tfjs.graph_model import rewrites
from pipeline.tfjs.model_files import digests, input_names, output_names
from pipeline.tfjs.weights import Dtype

Loops = Literal["unroll", "while"]
UNROLL_LIMIT = 256  # time steps; beyond, an unrolled graph grows to tens of megabytes of JSON
_CONVERTER = "tensorflowjs.converters.tf_saved_model_conversion_v2"
# Decision forests register operations for files that hold some, and JAX is another way in; neither is of use here.
# With JAX itself (see UNUSED) they would take half a second and 130 MB.
_JAX = ModuleType("tensorflowjs.converters.jax_conversion")
_JAX.__dict__["convert_jax"] = None  # the converters' package imports it to offer it
_STAND_INS = {module.__name__: module for module in (_JAX, ModuleType("tensorflow_decision_forests"))}
# What TensorFlow.js can run of what Grappler fuses.
_FUSED_KERNELS = frozenset({"_FusedConv2D", "_FusedMatMul"})
_FUSED_STEPS = frozenset({"BiasAdd", "FusedBatchNorm", "Relu", "Relu6", "Elu", "Prelu", "LeakyRelu", "Sigmoid"})


def graph_available() -> str | None:
    """Why graph-models cannot be written on this machine; None when they can. Imports nothing."""
    if importlib.util.find_spec("tensorflowjs") is None:
        return (
            "the official converter (tensorflowjs 4.22) is not installed; it exists for CPython 3.9 "
            "to 3.12 on Linux x86_64 "
            f"and macOS arm64, this is CPython {sys.version_info[0]}.{sys.version_info[1]} on {sys.platform}"
        )
    return None


def write_graph_model(
    model: Any,
    directory: Path,
    *,
    dtype: Dtype = "float32",
    metadata: Mapping[str, Any] | None = None,
    loops: Loops = "unroll",
) -> list[FileDigest]:
    """Write `model.json` and its weight shards into `directory`, which is created when missing.

    `loops` says what becomes of recurrent layers: "unroll" repeats the cell for each time step (at most UNROLL_LIMIT,
    and the length must be fixed), "while" keeps a loop, which TensorFlow.js runs with `executeAsync`. The model is as
    before when this returns, also after an error.

    Returns:
        The files, with paths relative to `directory`; model.json first.

    Raises:
        ConversionError: the converter is not installed, or cannot convert the model.
    """
    reason = graph_available()
    if reason is not None:
        raise ConversionError(f"Graph-models cannot be written here: {reason}. Next step: use format='layers'.")
    _check_dtypes(model)
    directory.mkdir(parents=True, exist_ok=True)
    with native_noise_captured(), _quiet(), _ready_to_trace(model, loops):
        converter = import_converter()
        try:
            _convert(converter, model, directory, dtype, metadata, loops)
        except ConversionError:
            raise
        except Exception as error:  # whatever TensorFlow or the converter raises, the caller learns it by one name
            text = str(error).strip().splitlines() or [type(error).__name__]
            raise ConversionError(
                f"The official converter could not convert '{model.name}'. Received: {text[0]}"
                f"{' ' + text[1] if text[0].endswith('optimization') and len(text) > 1 else ''}. "
                "Next step: replace the layer that needs it, or use format='layers'."
            ) from error
    return digests(directory)


def _check_dtypes(model: Any) -> None:
    for layer in model._flatten_layers():
        compute = str(getattr(layer, "compute_dtype", None) or "float32")
        if compute.startswith(("float", "bfloat")) and compute != "float32":
            raise ConversionError(
                f"Layer '{layer.name}' computes in {compute}, TensorFlow.js in float32: the results would differ. "
                f"Received: dtype={layer.dtype_policy.name!r}. Next step: rebuild the model with "
                "dtype='float32' and load "
                "its weights."
            )


def import_converter() -> ModuleType:
    """The converter's module, imported without its warnings, and without what it imports for others than us."""
    with _quiet(), importing_instead(UNUSED | _STAND_INS):
        return importlib.import_module(_CONVERTER)


def _convert(
    converter: Any, model: Any, directory: Path, dtype: Dtype, metadata: Mapping[str, Any] | None, loops: Loops
) -> None:
    import tensorflow as tf

    concrete, names_in, names_out = _trace(model)
    frozen = converter._freeze_saved_model_v2(concrete, loops == "while")
    mended = rewrites.mend(frozen)
    signature = converter.meta_graph_pb2.SignatureDef()
    placeholders = concrete.inputs[: len(names_in)]  # then come variables and constants, which freezing takes away
    for entries, names, tensors in (
        (signature.inputs, names_in, placeholders),
        (signature.outputs, names_out, concrete.outputs),
    ):
        for name, tensor in zip(names, tensors, strict=True):
            entries[name].name = tensor.name
            entries[name].dtype = tensor.dtype.as_datatype_enum
            entries[name].tensor_shape.CopyFrom(tensor.shape.as_proto())
    optimized = _optimize(converter, mended, signature)
    weights = converter.extract_weights(optimized)  # first: this also takes the values out of the graph
    converter.write_artifacts(
        _in_order(converter.MessageToDict(optimized)),
        weights,
        str(directory / "model.json"),
        tf.__version__,
        signature,
        quantization_dtype_map=None if dtype == "float32" else {dtype: True},
        metadata=dict(metadata) if metadata else None,
    )


def _in_order(graph: dict[str, Any]) -> dict[str, Any]:
    """The graph with each node's attributes by name: protocol buffers have them in another order in each process."""
    functions = graph.get("library", {}).get("function", [])
    for node in [*graph["node"], *(node for function in functions for node in function.get("nodeDef", []))]:
        node["attr"] = dict(sorted(node.get("attr", {}).items()))
    return graph


def _trace(model: Any) -> tuple[Any, list[str], list[str]]:
    """The model at inference as a concrete function of its flat inputs, with the names of its inputs and outputs."""
    import tensorflow as tf
    from keras import tree
    from keras.src.export.export_utils import get_input_signature

    structure = get_input_signature(model)
    flat = tree.flatten(structure)
    functional = getattr(model, "inputs", None) is not None
    names_in = input_names(model) if functional else [f"input_{i}" for i in range(len(flat))]
    specs = [
        tf.TensorSpec(spec.shape, spec.dtype, name=rewrites.safe_name(name))
        for spec, name in zip(flat, names_in, strict=True)
    ]

    def serve(*inputs: Any) -> list[Any]:
        packed = tree.pack_sequence_as(structure, list(inputs))
        arguments = packed if isinstance(packed, list | tuple) and len(packed) == 1 else [packed]
        return [tf.identity(output) for output in tree.flatten(model(arguments[0], training=False))]

    concrete = tf.function(serve, input_signature=specs, autograph=False).get_concrete_function()
    outputs = [f"output_{i}" for i in range(len(concrete.outputs))]
    return concrete, names_in, output_names(model) if functional else outputs


def _optimize(converter: Any, graph_def: Any, signature: Any) -> Any:
    """Grappler as the converter runs it; without its remap pass when that makes operations that TensorFlow.js lacks."""

    def run() -> Any:
        return converter.optimize_graph(rewrites.as_graph(graph_def), signature)

    optimized = run()
    if all(_runs_fused(node) for node in optimized.node):
        return optimized
    original = converter._run_grappler

    def without_remap(config: Any, *arguments: Any) -> Any:
        passes = config.graph_options.rewrite_options.optimizers
        passes[:] = [name for name in passes if name != "remap"]
        return original(config, *arguments)

    with _replaced(converter, "_run_grappler", without_remap):
        return run()


def _runs_fused(node: Any) -> bool:
    fused = {name.decode() for name in node.attr["fused_ops"].list.s} if "fused_ops" in node.attr else set()
    return (not node.op.startswith("_Fused") or node.op in _FUSED_KERNELS) and fused <= _FUSED_STEPS


@contextlib.contextmanager
def _ready_to_trace(model: Any, loops: Loops) -> Iterator[None]:
    """Recurrent layers traced in the form that TensorFlow.js can run; put back at the end."""
    from keras.layers import RNN
    from keras.src.random.seed_generator import SeedGenerator

    with contextlib.ExitStack() as stack:
        # at inference nothing random is used, but a generator that moves on would be a variable that changes
        stack.enter_context(_replaced(SeedGenerator, "next", lambda generator, *_, **__: generator.state.value))
        for layer in model._flatten_layers():
            if isinstance(layer, RNN):
                stack.enter_context(_replaced(layer, "unroll", loops == "unroll"))
                if hasattr(layer, "use_cudnn"):
                    stack.enter_context(_replaced(layer, "use_cudnn", False))
            if getattr(layer, "groups", 1) != 1 and hasattr(layer, "convolution_op"):
                stack.enter_context(_replaced(layer, "convolution_op", rewrites.ungrouped_convolution(layer)))
        yield


@contextlib.contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    own = name in vars(owner)
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if own:
            setattr(owner, name, before)
        else:
            delattr(owner, name)  # it was the class's


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence what the converter and TensorFlow print while they work; errors still travel as exceptions."""
    loggers = [logging.getLogger(name) for name in ("tensorflow", "absl", "root")]
    levels = [logger.level for logger in loggers]
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        stack.enter_context(warnings.catch_warnings())
        for module in ("tensorflow", "tensorflow_hub", "tensorflowjs", "tf_keras", "keras", "google", "jax", "flax"):
            warnings.filterwarnings("ignore", module=rf"{module}(\.|$)")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
