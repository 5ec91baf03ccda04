"""How to cite a version: a BibTeX entry made of its manifest, which does not say who made it, so no author is named."""

import re

from pipeline.versions.manifest import Manifest

_LATEX = {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    **{character: f"\\{character}" for character in "{}$&#%_"},
}


def bibtex(manifest: Manifest) -> str:
    """The entry, for BibTeX and biblatex alike: all of `note` is text that every style prints."""
    name, version, metrics = manifest["name"], manifest["version"], manifest.get("metrics")
    notes = [f"Keras model, version {version}, made {manifest['created'][:10]}"]
    if metrics:
        images = f" on {metrics['test_images']:,} test images" if metrics.get("test_images") else ""
        data = f" of {manifest['data']['name']}" if images and manifest.get("data") else ""
        notes.append(f"Accuracy {metrics['test_accuracy'] * 100:.2f} %{images}{data}")
    key = re.sub(r"[^A-Za-z0-9.-]", "-", f"{name}-{version}")
    lines = [
        f"@misc{{{key},",
        f"  title = {{{{{_latex(name)}}}}},",  # doubled braces: styles must not change its case
        f"  year = {{{_latex(manifest['created'][:4])}}},",
        f"  note = {{{_latex('. '.join(notes))}}},",
        "}",
    ]
    return "\n".join(lines)


def _latex(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in " ".join(text.split()))
