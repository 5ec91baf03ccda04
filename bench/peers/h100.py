"""Compile a program for an H100 without having one; run as `PYTHON h100.py
PROGRAM.hlo.txt`.

JAX's GPU plugin can compile for a device that is only described (`h100.txtpb`). The
program, from TensorFlow or JAX, is XLA's text of it before any optimization, and has
one loop.

Prints one JSON object: `version`; `loops` in the compiled program; `trips`, iterations
of its only loop, null if the host must ask the device after each; per iteration,
`launches` by the host and `kernels` run by the device; `others`, the kinds of steps
that are neither kernels nor graphs of kernels (copies, messages, calls to the host);
`temporary_bytes` on the device.
"""

import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
from jax._src import compiler
from jax._src.interpreters import mlir
from jax._src.lib import xla_client
from jax._src.lib.mlir import ir
from jax.experimental import topologies
from jaxlib import _hlo

HERE = Path(__file__).parent
KERNELS, GRAPH = ("Kernel", "CustomKernel"), "CommandBuffer"
# XLA's listing of what the device does: one step per line, indented by nesting.
STEP = re.compile(r"^(?P<indent> +)\d+: k(?P<kind>\w+)")
TRIPS = re.compile(r'"known_trip_count":{"n":"(\d+)"}')


def operations(parent: Any) -> Iterator[Any]:
    """All operations of a module, in no particular order."""
    for region in parent.regions:
        for block in region.blocks:
            for operation in block.operations:
                yield operation.operation
                yield from operations(operation.operation)


def compile_program(text: str, dump: str) -> Any:
    """The compiled program; XLA writes its dumps into the folder `dump`."""
    # Deterministic operations, as `pipeline` trains with them, for every program
    # compared.
    os.environ["XLA_FLAGS"] = f"--xla_dump_to={dump} --xla_gpu_deterministic_ops=true"
    os.environ["JAX_SKIP_CUDA_CONSTRAINTS_CHECK"] = "1"  # it requires a driver
    target = (HERE / "h100.txtpb").read_text()
    topology = topologies.get_topology_desc(
        platform="cuda", topology_name="", target_config=target, topology="1x1x1"
    )
    device = topology.devices[0]
    proto = _hlo.hlo_module_from_text(text).as_serialized_hlo_module_proto()
    with mlir.make_ir_context():
        module = ir.Module.parse(xla_client._xla.mlir.hlo_to_stablehlo(proto))
        # TensorFlow copies its results with an operation that XLA's exchange format
        # does not have.
        for copy in [
            found for found in operations(module.operation) if found.name == "mhlo.copy"
        ]:
            copy.result.replace_all_uses_with(copy.operands[0])
            copy.erase()
        options = compiler.get_compile_options(
            num_replicas=1, num_partitions=1, backend=device.client
        )
        return device.client.compile(module, xla_client.DeviceList((device,)), options)


def loop_steps(text: str) -> list[tuple[int, str]]:
    """(indent, kind) of each step in the body of the program's loop."""
    _, _, after = text.partition("kWhile")
    _, _, body = after.partition("body:\n")
    steps = []
    for line in body.splitlines():
        step = STEP.match(line)
        if not step:
            break  # lines after the loop are not indented
        steps.append((len(step["indent"]), step["kind"]))
    return steps


def main() -> None:
    with tempfile.TemporaryDirectory() as dump:
        compiled = compile_program(Path(sys.argv[1]).read_text(), dump)
        (path,) = Path(dump).glob("*.thunk_sequence_after_thunk_passes.txt")
        steps = loop_steps(path.read_text())
    text = compiled.hlo_modules()[0].to_string()
    loops, trips = text.count(" while("), TRIPS.findall(text)
    outermost = min(indent for indent, _ in steps)
    found = {
        "version": jax.__version__,
        "loops": loops,
        "trips": int(trips[0]) if len(trips) == loops == 1 else None,
        "launches": sum(indent == outermost for indent, _ in steps),
        "kernels": sum(kind in KERNELS for _, kind in steps),
        "others": sorted({kind for _, kind in steps} - {*KERNELS, GRAPH}),
        "temporary_bytes": compiled.get_compiled_memory_stats().temp_size_in_bytes,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
