"""A graph without variables, whose large weights are kept apart: TensorFlow copies a
graph some ten times on the way.

The place of such a weight is held by a constant of the same shape that has a single
value, by which it is found again. Its values do not change the rest of the graph, as
only products with inputs read it: see `take_weights`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

LARGE_BYTES = 2**16  # of one constant
_FIRST = 2**23 + 1  # of the single values: whole numbers that float32 has, and no model
_SAME_BYTES = frozenset({"ExpandDims", "Identity", "Reshape", "Squeeze"})
_PRODUCTS = frozenset(
    {
        "BatchMatMulV2",
        "Conv2D",
        "Conv3D",
        "DepthwiseConv2dNative",
        "Einsum",
        "GatherV2",
        "MatMul",
    }
)


@dataclass(frozen=True)
class FrozenGraph:
    """A graph in which some constants have a single value in place of their own."""

    graph: Any
    weights: dict[float, bytes]  # the values of these constants, by the single one

    def fill(self, graph_def: Any, chosen: Collection[float]) -> None:
        """Put the chosen ones' values back into a GraphDef made from `graph`."""
        for _, tensor, value in self._places(graph_def):
            if value in chosen:
                tensor.ClearField("float_val")
                tensor.tensor_content = self.weights[value]

    def changed(self, graph_def: Any) -> set[float]:
        """Those that are not in an optimized graph once, and read:

        it has something that was computed from them.
        """
        read = {
            name.partition(":")[0] for node in graph_def.node for name in node.input
        }
        found = Counter(
            value for name, _, value in self._places(graph_def) if name in read
        )
        return {value for value in self.weights if found[value] != 1}

    def _places(self, graph_def: Any) -> Iterator[tuple[str, Any, float]]:
        for node in graph_def.node:
            tensor = node.attr["value"].tensor if node.op == "Const" else None
            if (
                tensor is not None
                and len(tensor.float_val) == 1
                and tensor.float_val[0] in self.weights
            ):
                yield node.name, tensor, tensor.float_val[0]


def as_graph(graph_def: Any) -> Any:
    """The graph of a GraphDef, as Grappler takes it."""
    import tensorflow as tf

    with tf.Graph().as_default() as graph:
        tf.import_graph_def(graph_def, name="")
    return graph


def constant(name: str, values: Any) -> Any:
    """The node of a constant."""
    import tensorflow as tf
    from tensorflow.core.framework import node_def_pb2

    tensor = tf.make_tensor_proto(values)
    node = node_def_pb2.NodeDef(name=name, op="Const")
    node.attr["dtype"].type = tensor.dtype
    node.attr["value"].tensor.CopyFrom(tensor)
    return node


def input_of(frozen: FrozenGraph, name: str) -> Any:
    """The tensor that a node takes, by its name in the node."""
    return frozen.graph.get_tensor_by_name(name if ":" in name else f"{name}:0")


def shape_of(frozen: FrozenGraph, name: str) -> list[int | None]:
    """The shape of a node's input, by the input's name; every rewrite that asks for it
    needs the rank.
    """
    shape = input_of(frozen, name).shape
    return [None] if shape.rank is None else list(shape.as_list())


def splice(node: Any, frozen: FrozenGraph, function: Callable[..., Any]) -> list[Any]:
    """Replace `node` with the operations of a function of its inputs; it becomes the
    identity of their result.
    """
    import tensorflow as tf

    taken = [input_of(frozen, name) for name in node.input]
    specs = [tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in taken]
    concrete = tf.function(
        function, input_signature=specs, autograph=False
    ).get_concrete_function()
    outside = dict(
        zip([tensor.op.name for tensor in concrete.inputs], node.input, strict=True)
    )

    def renamed(name: str) -> str:
        return str(outside.get(name, f"{node.name}/{name}"))

    helpers = []
    for one in concrete.graph.as_graph_def().node:
        if one.name not in outside:
            one.input[:] = [renamed(name) for name in one.input]
            one.name = renamed(one.name)
            helpers.append(one)
    node.op = "Identity"
    node.input[:] = [renamed(concrete.outputs[0].op.name)]
    kind = concrete.outputs[0].dtype.as_datatype_enum
    node.attr.clear()
    node.attr["T"].type = kind
    return helpers


def take_weights(graph_def: Any) -> dict[float, bytes]:
    """Give each large constant that one product reads a single value; its own values,
    by that.

    Constants that Grappler would simplify stay as they are: those that are equal to
    another, or all of one value.
    """
    readers = defaultdict(list)
    for node in graph_def.node:
        for name in node.input:  # ^name, which only says what comes first, is no reader
            readers[name.partition(":")[0]].append(node)
    large = [node.attr["value"].tensor for node in graph_def.node if _is_large(node)]
    counts = Counter(tensor.tensor_content for tensor in large)
    taken: dict[float, bytes] = {}
    for node in filter(_is_large, graph_def.node):
        tensor, reading = node.attr["value"].tensor, readers[node.name]
        values = tensor.tensor_content
        while len(reading) == 1 and reading[0].op in _SAME_BYTES:
            reading = readers[reading[0].name]
        special = counts[values] > 1 or values == values[:4] * (len(values) // 4)
        if len(reading) == 1 and reading[0].op in _PRODUCTS and not special:
            tensor.ClearField("tensor_content")
            tensor.float_val.append(_FIRST + len(taken))
            taken[tensor.float_val[0]] = values
    return taken


def _is_large(node: Any) -> bool:
    import tensorflow as tf

    if node.op != "Const":  # to ask another node for a value would give it one
        return False
    tensor = node.attr["value"].tensor
    return bool(
        tensor.dtype == tf.float32.as_datatype_enum
        and len(tensor.tensor_content) >= LARGE_BYTES
    )
