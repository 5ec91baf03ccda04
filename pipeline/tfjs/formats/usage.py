"""How an exported ONNX or LiteRT file is used, in lines to copy: on a page, and in Python."""

from pipeline.tfjs.formats.kinds import Kind
from pipeline.tfjs.graph_model.rewrites import safe_name
from pipeline.versions.manifest import InputSpec, Manifest


def file_usage(kind: Kind, manifest: Manifest) -> tuple[str, ...]:
    """How scripts run the file; of free sizes 2."""
    if kind.name == "onnx":
        arrays = ", ".join(
            f"'{safe_name(one.name)}': np.zeros({_shape(one)}, '{one.dtype}')" for one in manifest.inputs
        )
        tensors = ", ".join(
            f'"{safe_name(one.name)}": new ort.Tensor("{one.dtype}", data, [{_sizes(one)}])' for one in manifest.inputs
        )
        return (
            f'in Python: onnxruntime.InferenceSession("{kind.file}").run(None, {{{arrays}}})',
            f'on a page, with onnxruntime-web: const session = await ort.InferenceSession.create("…/{kind.file}"); '
            f"const outputs = await session.run({{ {tensors} }});",
        )
    arrays = ", ".join(f"{safe_name(one.name)}=np.zeros({_shape(one)}, '{one.dtype}')" for one in manifest.inputs)
    python = (
        "in Python: from ai_edge_litert.interpreter import Interpreter; "
        f'outputs = Interpreter("{kind.file}").get_signature_runner()({arrays})'
    )
    if any(None in one.shape for one in manifest.inputs) or len(manifest.inputs) != 1:
        return (python,)  # LiteRT.js takes no free sizes, and the order of several inputs is the converter's
    return (
        python,
        "on a page, with LiteRT.js, one example at a time: "
        f'const model = await loadAndCompile("…/{kind.file}", {{ accelerator: "wasm" }}); '
        f"const outputs = await model.run([new Tensor(data, [{_sizes(manifest.inputs[0])}])]);",
    )


def _shape(spec: InputSpec) -> tuple[int, ...]:
    return (1, *(size or 2 for size in spec.shape))


def _sizes(spec: InputSpec) -> str:
    return ", ".join(map(str, _shape(spec)))
