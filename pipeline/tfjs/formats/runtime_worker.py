"""Run an ONNX or LiteRT file, in a process of its own: a damaged file can crash its
runtime.

The job: `path` and `format` of the file; `folder`, where all else lies; `sets`, a list
of lists of input names in the order of the arrays in `inputs-N.npz`, with the number of
`rows` to run at a time (null: all); and `tensors`, whether to answer with the values
inside, too. The answer is `answer.json`, and `outputs-N.npz` with the arrays in the
order of its names.
"""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.system.worker_process import worker_main

Array = NDArray[Any]
MOST_TENSORS = 1000  # inside a file: one run keeps the values of all of them
# those that NumPy calls otherwise
_ONNX_DTYPES = {
    "float": "float32",
    "double": "float64",
}


class Onnx:
    """A file in onnxruntime."""

    rounding: str | None  # what its weights were rounded to, as in `topology.ROUNDED`

    def __init__(self, path: str) -> None:
        """Read it."""
        import onnx
        import onnxruntime

        onnxruntime.set_default_logger_severity(4)
        self._path = path
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        self._session = session
        self.inputs = [  # name, shape with None for free sizes, dtype
            (
                one.name,
                [size if isinstance(size, int) else None for size in one.shape],
                _onnx_dtype(one.type),
            )
            for one in session.get_inputs()
        ]
        self.outputs = [one.name for one in session.get_outputs()]
        model = onnx.load(path, load_external_data=False)
        kinds = {one.data_type for one in model.graph.initializer}
        types = onnx.TensorProto
        half = bool(kinds & {types.FLOAT16, types.BFLOAT16})
        whole = any(
            node.op_type in ("DequantizeLinear", "MatMulInteger", "ConvInteger")
            for node in model.graph.node
        )
        self.rounding = "uint8" if whole else "float16" if half else None
        used = {node.domain for node in model.graph.node}
        opsets = [
            one for one in model.opset_import if one.domain in used or not one.domain
        ]
        self.needs = ", ".join(
            f"{one.domain or 'ONNX'} opset {one.version}" for one in opsets
        )

    def run(self, values: Mapping[str, Array]) -> list[Array]:
        """The outputs."""
        return [np.asarray(one) for one in self._session.run(None, dict(values))]

    def tensors(self, values: Mapping[str, Array]) -> list[tuple[str, Array]]:
        """Every node's outputs, by the names of the tensors and of the nodes."""
        import onnx
        import onnxruntime

        model = onnx.load(self._path)
        nodes = {
            name: node.name for node in model.graph.node for name in node.output if name
        }
        known = {one.name for one in model.graph.output}
        if len(nodes) > MOST_TENSORS:
            return []
        for name in nodes.keys() - known:
            model.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
        names = list(nodes)
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), providers=["CPUExecutionProvider"]
        )
        found = zip(names, session.run(names, dict(values)), strict=True)
        return [
            (f"{name};{nodes[name]}", value)
            for name, value in found
            if isinstance(value, np.ndarray)
        ]


class LiteRt:
    """A file in LiteRT, described as `Onnx` does."""

    rounding: str | None

    def __init__(self, path: str) -> None:
        """Read it."""
        self._path = path
        self._interpreter, self._runner = self._open()
        taken = self._runner.get_input_details()
        self.inputs = [
            (name, _sizes(one), np.dtype(one["dtype"]).name)
            for name, one in taken.items()
        ]
        self.outputs = sorted(self._runner.get_output_details(), key=_counted)
        details = self._interpreter.get_tensor_details()
        whole = any(len(one["quantization_parameters"]["scales"]) for one in details)
        half = any(one["dtype"] is np.float16 for one in details)
        self.rounding = "uint8" if whole else "float16" if half else None
        self.needs = f"TensorFlow Lite {_oldest_runtime(path) or 'of any version'}"

    def _open(self, *, keep: bool = False) -> tuple[Any, Any]:
        from ai_edge_litert.interpreter import Interpreter

        interpreter = Interpreter(self._path, experimental_preserve_all_tensors=keep)
        signatures = interpreter.get_signature_list()
        if not signatures:
            raise ValueError("it has no signature, which names its inputs and outputs")
        return interpreter, interpreter.get_signature_runner(next(iter(signatures)))

    def run(self, values: Mapping[str, Array]) -> list[Array]:
        """The outputs."""
        found = self._runner(**values)
        return [found[name] for name in self.outputs]

    def tensors(self, values: Mapping[str, Array]) -> list[tuple[str, Array]]:
        """Every tensor that was computed, by its name; several names where the
        converter made one of several.
        """
        interpreter, runner = self._open(keep=True)
        runner(**values)
        details = interpreter.get_tensor_details()
        found = []
        for one in details if len(details) <= MOST_TENSORS else ():
            try:
                found.append((str(one["name"]), interpreter.get_tensor(one["index"])))
            except ValueError:
                continue  # it has no value, as with what only a branch computes
        return found


def _oldest_runtime(path: str) -> str:
    """The version that the converter wrote into the file's metadata; empty if it did
    not.
    """
    from ai_edge_litert.schema_py_generated import Model

    model = Model.GetRootAsModel(Path(path).read_bytes(), 0)
    for i in range(model.MetadataLength()):
        one = model.Metadata(i)
        if one.Name() == b"min_runtime_version":
            return (
                bytes(model.Buffers(one.Buffer()).DataAsNumpy()).rstrip(b"\0").decode()
            )
    return ""


def _onnx_dtype(name: str) -> str:
    name = name.removeprefix("tensor(").removesuffix(")")
    return _ONNX_DTYPES.get(name, name)


def _sizes(details: Mapping[str, Any]) -> list[int | None]:
    shape = (
        details["shape_signature"]
        if len(details["shape_signature"])
        else details["shape"]
    )
    return [None if size < 0 else int(size) for size in shape]


def _counted(name: str) -> list[tuple[str, int]]:
    """A key that sorts output_10 behind output_9."""
    return [
        (text, int(digits or 0)) for text, digits in re.findall(r"(\D*)(\d*)", name)
    ]


def answer(job: dict[str, Any]) -> None:
    """Do the job; whatever fails in the runtime becomes the answer's `error`."""
    folder = Path(job["folder"])
    found: dict[str, Any] = {"errors": []}
    try:
        opened: Onnx | LiteRt = (
            Onnx(job["path"]) if job["format"] == "onnx" else LiteRt(job["path"])
        )
    except Exception as error:  # runtimes raise many types
        found["error"] = _line(error)
    else:
        found |= {
            name: getattr(opened, name)
            for name in ("inputs", "outputs", "rounding", "needs")
        }
        for i, names in enumerate(job["sets"]):
            try:
                with np.load(folder / f"inputs-{i}.npz", allow_pickle=False) as file:
                    values = _typed(
                        names,
                        [file[f"arr_{j}"] for j in range(len(names))],
                        opened.inputs,
                    )
                if job["tensors"]:
                    found["tensors"], arrays = zip(
                        *(opened.tensors(values) or [("", np.zeros(0))]), strict=True
                    )
                else:
                    arrays = _run_in_parts(opened, values, job["rows"][i])
                np.savez(folder / f"outputs-{i}.npz", *arrays)
                found["errors"].append(None)
            except Exception as error:
                found["errors"].append(_line(error))
    (folder / "answer.json").write_text(json.dumps(found), encoding="utf-8")


def _run_in_parts(
    opened: Onnx | LiteRt, values: Mapping[str, Array], rows: int | None
) -> tuple[Array, ...]:
    count = len(next(iter(values.values())))
    if rows is None or count <= rows:
        return tuple(opened.run(values))
    parts = [
        # copies: LiteRT's own arrays may hold the next answers as soon as it runs again
        [
            one.copy()
            for one in opened.run(
                {name: array[start : start + rows] for name, array in values.items()}
            )
        ]
        for start in range(0, count, rows)
    ]
    return tuple(np.concatenate(pieces) for pieces in zip(*parts, strict=True))


def _typed(
    names: Sequence[str],
    arrays: Sequence[Array],
    inputs: Sequence[tuple[str, Any, str]],
) -> dict[str, Array]:
    """The arrays by name, as the types that the file takes."""
    dtypes = {name: np.dtype(dtype) for name, _, dtype in inputs}
    for name, values in zip(names, arrays, strict=True):
        if values.dtype.kind == "f" and dtypes[name].kind in "iub":
            raise ValueError(
                f"input {name} takes {dtypes[name]} where Keras takes {values.dtype}"
            )
    return {
        name: values.astype(dtypes[name])
        for name, values in zip(names, arrays, strict=True)
    }


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:600] or type(error).__name__


if __name__ == "__main__":
    sys.exit(worker_main(answer))
