"""Repair loops that put tensors into lists, as sequences do: TensorFlow.js (4.22) loses
some of these tensors.

It releases what a loop's body has computed, lists or not, except what the body returns.
So the body returns each tensor that it puts into a list, as a loop variable more, which
nothing reads.
"""

from typing import Any

import numpy as np

from pipeline.tfjs.graph_model.frozen import constant


def keep_list_items(graph_def: Any) -> None:
    """Make the bodies of loops return what they put into lists."""
    import tensorflow as tf

    functions = {
        function.signature.name: function for function in graph_def.library.function
    }
    kept: dict[str, list[tuple[str, int]]] = {}
    for nodes, suffix in [
        (graph_def.node, ""),
        *((one.node_def, ":output:0") for one in functions.values()),
    ]:
        for loop in [node for node in nodes if node.op in ("While", "StatelessWhile")]:
            body, condition = (
                functions[loop.attr[name].func.name] for name in ("body", "cond")
            )
            if body.signature.name not in kept:
                kept[body.signature.name] = _return_items(body)
                for name, dtype in kept[body.signature.name]:
                    condition.signature.input_arg.add(name=name, type=dtype)
            for name, dtype in kept[body.signature.name]:
                initial = f"{loop.name}/{name}"
                nodes.append(
                    constant(initial, np.zeros((), tf.as_dtype(dtype).as_numpy_dtype))
                )
                controls = [one for one in loop.input if one.startswith("^")]
                loop.input[len(loop.input) - len(controls) :] = [
                    initial + suffix,
                    *controls,
                ]
                loop.attr["T"].list.type.append(dtype)
                if loop.attr["output_shapes"].list.shape:
                    loop.attr["output_shapes"].list.shape.add(unknown_rank=True)


def _return_items(body: Any) -> list[tuple[str, int]]:
    """Let a body return each tensor that it puts into a list; names and types of the
    loop variables for them.
    """
    items = []
    for number, node in enumerate(
        [one for one in body.node_def if one.op == "TensorListSetItem"]
    ):
        name, dtype = f"list_item_{number}", node.attr["element_dtype"].type
        identity = body.node_def.add(
            name=f"{name}_returned", op="Identity", input=[node.input[2]]
        )
        identity.attr["T"].type = dtype
        node.input[2] = f"{identity.name}:output:0"
        body.signature.input_arg.add(name=name, type=dtype)
        body.signature.output_arg.add(name=f"{name}_out", type=dtype)
        body.ret[f"{name}_out"] = node.input[2]
        items.append((name, dtype))
    return items
