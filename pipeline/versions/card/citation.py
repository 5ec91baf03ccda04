"""A BibTeX entry for a version, made from its manifest; it names no author, because the manifest has none."""

import re

from pipeline.versions.manifest import Manifest

_LATEX = {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    **{character: f"\\{character}" for character in "{}$&#%_"},
}


def bibtex(manifest: Manifest) -> str:
    """The entry, for both BibTeX and biblatex: the facts are in `note`, which every style prints."""
    notes = [f"Keras model, version {manifest.version}, created {manifest.created[:10]}"]
    if metrics := manifest.metrics:
        data = f" of {manifest.data.name}" if manifest.data else ""
        notes.append(f"Accuracy {metrics.test_accuracy * 100:.2f} % on {metrics.test_images:,} test images{data}")
    key = re.sub(r"[^A-Za-z0-9.-]", "-", f"{manifest.name}-{manifest.version}")
    return (
        f"@misc{{{key},\n"
        f"  title = {{{{{_latex(manifest.title or manifest.name)}}}}},\n"  # in double braces a style keeps its case
        f"  year = {{{_latex(manifest.created[:4])}}},\n"
        f"  note = {{{_latex('. '.join(notes))}}},\n}}"
    )


def _latex(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in " ".join(text.split()))
