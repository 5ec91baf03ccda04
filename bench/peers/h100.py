"""What XLA makes of a program for an H100, without one; run as `PYTHON h100.py PROGRAM.hlo.txt`.

JAX' plugin for GPUs compiles for a device that it is told of (`h100.txtpb`) as well as for one that is there. The
program, TensorFlow's or JAX', is XLA's own text of it before any optimization, and has one loop.

It prints one JSON object: `version`; `loops` of the compiled program; `trips`, how often its only loop runs, null where
the device has to be asked after each time around; `launches`, what the host starts each time around; `kernels`, what
the device then runs; `others`, the kinds of what is neither a kernel nor a graph of kernels: copies, messages, calls
of the host; `temporary_bytes` on the device.
"""

import json
import os
import re
import sys
import tempfile
from pathlib import Path

import jax
from jax._src import compiler
from jax._src.interpreters import mlir
from jax._src.lib import xla_client
from jax._src.lib.mlir import ir
from jax.experimental import topologies
from jaxlib import _hlo

HERE = Path(__file__).parent
KERNELS, GRAPH = ("Kernel", "CustomKernel"), "CommandBuffer"
# What XLA has the device do, a step a line, indented as steps are nested.
STEP = re.compile(r"^(?P<indent> +)\d+: k(?P<kind>\w+)")
TRIPS = re.compile(r'"known_trip_count":{"n":"(\d+)"}')


def operations(parent):
    """All operations of a module, in no particular order."""
    for region in parent.regions:
        for block in region.blocks:
            for operation in block.operations:
                yield operation.operation
                yield from operations(operation.operation)


def compile_program(text, dump):
    """The compiled program; what XLA writes about it lies in the folder `dump`."""
    # Operations are reproducible, as `pipeline` trains with them: the same for whoever it is compared with.
    os.environ["XLA_FLAGS"] = f"--xla_dump_to={dump} --xla_gpu_deterministic_ops=true"
    os.environ["JAX_SKIP_CUDA_CONSTRAINTS_CHECK"] = "1"  # which asks for a driver
    target = (HERE / "h100.txtpb").read_text()
    topology = topologies.get_topology_desc(platform="cuda", topology_name="", target_config=target, topology="1x1x1")
    device = topology.devices[0]
    proto = _hlo.hlo_module_from_text(text).as_serialized_hlo_module_proto()
    with mlir.make_ir_context():
        module = ir.Module.parse(xla_client._xla.mlir.hlo_to_stablehlo(proto))
        # TensorFlow copies its results, with an operation that XLA's own exchange format lacks.
        for copy in [found for found in operations(module.operation) if found.name == "mhlo.copy"]:
            copy.result.replace_all_uses_with(copy.operands[0])
            copy.erase()
        options = compiler.get_compile_options(num_replicas=1, num_partitions=1, backend=device.client)
        return device.client.compile(module, xla_client.DeviceList((device,)), options)


def loop_steps(text):
    """(indent, kind) of each step in the body of the program's loop."""
    _, _, after = text.partition("kWhile")
    _, _, body = after.partition("body:\n")
    steps = []
    for line in body.splitlines():
        step = STEP.match(line)
        if not step:
            break  # what follows the loop is not indented
        steps.append((len(step["indent"]), step["kind"]))
    return steps


def main():
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
