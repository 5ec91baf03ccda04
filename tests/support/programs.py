"""Inspect what TensorFlow compiles, and which of it has no GPU kernel.

No GPU needed: CUDA wheels list all kernels.
"""

import functools
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True)
class Call:
    """A call of a `tf.function`."""

    name: str  # of the Python function
    program: Any
    arguments: tuple[Any, ...]

    @property
    def graph(self) -> Any:
        return self.program.get_concrete_function(*self.arguments).graph


def watch_programs(tf: Any, monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """Record every call of a `tf.function` from now on."""
    calls: list[Call] = []
    compile_function = tf.function

    def watched(function: Any = None, **options: Any) -> Any:
        if function is None:
            return functools.partial(watched, **options)
        program = compile_function(function, **options)

        def call(*arguments: Any) -> Any:
            calls.append(Call(function.__name__, program, arguments))
            return program(*arguments)

        return call

    monkeypatch.setattr(tf, "function", watched)
    return calls


def nodes_of(graph: Any) -> list[Any]:
    """All operations of a graph, including those in loops and branches."""
    definition = graph.as_graph_def()
    return [
        *definition.node,
        *(
            node
            for function in definition.library.function
            for node in function.node_def
        ),
    ]


def without_gpu_kernel(tf: Any, nodes: list[Any]) -> set[str]:
    """Operations, with their types, that have no GPU kernel, so TensorFlow would run
    them on the CPU.
    """
    from tensorflow.python.framework import kernels

    def takes(kernel: Any, node: Any) -> bool:
        allowed = {
            constraint.name: constraint.allowed_values.list.type
            for constraint in kernel.constraint
        }
        types = {
            name: [value.type] if value.type else value.list.type
            for name, value in node.attr.items()
        }
        return all(
            kind in allowed[name] for name in allowed for kind in types.get(name, [])
        )

    missing = set()
    for node in nodes:
        found = kernels.get_registered_kernels_for_op(node.op).kernel
        if not any(
            kernel.device_type in ("GPU", "DEFAULT") and takes(kernel, node)
            for kernel in found
        ):
            types = sorted(
                {
                    tf.dtypes.as_dtype(value.type).name
                    for value in node.attr.values()
                    if value.type
                }
            )
            missing.add(f"{node.op} ({', '.join(types)})")
    return missing


def kept_on_host(tf: Any, graph: Any) -> list[str]:
    """Arrays passed to a function or loop as int32, which TensorFlow keeps in host
    memory.
    """
    given = [(tensor.name, tensor.dtype, tensor.shape) for tensor in graph.inputs]
    for node in nodes_of(graph):
        if node.op in ("While", "StatelessWhile"):
            shapes = node.attr["output_shapes"].list.shape
            types = node.attr["T"].list.type
            given += [
                (node.name, tf.dtypes.as_dtype(t), tf.TensorShape(s))
                for t, s in zip(types, shapes, strict=True)
            ]
    return [name for name, kind, shape in given if kind == tf.int32 and shape.rank != 0]
