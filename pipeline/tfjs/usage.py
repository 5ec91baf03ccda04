"""How an exported folder is used on a page, in lines to copy: the element, or `load()`."""

from pipeline.tfjs.formats.kinds import KINDS
from pipeline.versions.loadable import why_not_drawn
from pipeline.versions.manifest import InputSpec, Manifest


def usage_notes(manifest: Manifest) -> tuple[str, ...]:
    """Say whether `<sketch-classifier>` can show an export, why not, and otherwise how load() runs it."""
    if manifest.formats[0].route in KINDS:
        return ()
    named = "" if manifest.default_format else manifest.formats[0].id
    reason = why_not_drawn(manifest)
    if reason is None:
        attribute = f' format="{named}"' if named else ""
        return (f'on a page: <sketch-classifier src="…/manifest.json"{attribute}>, with this folder at that address',)
    options = f', {{ format: "{named}" }}' if named else ""
    if _is_classifier(manifest):
        answer, given = "{ label }", _values(manifest.inputs[0])
    else:
        answer = "outputs"
        given = f"{{ {', '.join(f'{_key(one.name)}: {_values(one)}' for one in manifest.inputs)} }}"
        if [one.dtype for one in manifest.inputs] == ["string"]:
            given = _values(manifest.inputs[0])
    return (
        f"<sketch-classifier> cannot load this folder: {reason}",
        f'on a page, with load() of load.js: const model = await load("…/manifest.json"{options}); '
        f"const {answer} = await model.predict({given});",
    )


def _is_classifier(manifest: Manifest) -> bool:
    """Return whether load() takes it for a classifier: web/src/runtime/manifest.ts has the same rules."""
    inputs, outputs = manifest.inputs, manifest.outputs
    if len(inputs) != 1 or len(outputs) != 1 or None in inputs[0].shape:
        return False
    return (
        inputs[0].dtype != "string"
        and outputs[0].kind == "probabilities"
        and outputs[0].shape == (len(manifest.labels),)
    )


def _values(spec: InputSpec) -> str:
    """The place of a typed array, with the size of one example; or strings."""
    if spec.dtype == "string":
        texts = ['"a text"'] * ((spec.shape or (1,))[0] or 1)
        return f"[{', '.join(texts)}]"
    sizes = ", ".join("any" if size is None else str(size) for size in spec.shape)
    return f"/* {spec.dtype} values of shape ({sizes}) */"


def _key(name: str) -> str:
    return name if name.isidentifier() else f'"{name}"'
