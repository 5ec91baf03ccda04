"""The BibTeX entry: only facts of the manifest, and safe in LaTeX."""

from typing import Any

from pipeline.versions.card.citation import bibtex
from tests.support.versions import typed


def entry_of(manifest: dict[str, Any]) -> str:
    """The entry, of a manifest as JSON."""
    return bibtex(typed(manifest))


def test_the_entry_holds_name_version_date_and_accuracy(manifest: dict[str, Any]) -> None:
    version = manifest["version"]
    assert entry_of(manifest).splitlines() == [
        f"@misc{{digits-{version},",
        "  title = {{digits}},",
        "  year = {2026},",
        f"  note = {{Keras model, version {version}, created 2026-11-25. "
        r"Accuracy 95.61 \% on 1,000 test images of mnist},",
        "}",
    ]


def test_nothing_is_invented_for_a_model_that_was_not_evaluated(manifest: dict[str, Any]) -> None:
    entry = entry_of(manifest | {"metrics": None, "data": None})
    assert "Accuracy" not in entry
    assert "author" not in entry
    assert f"note = {{Keras model, version {manifest['version']}, created 2026-11-25}}" in entry


def test_names_cannot_break_the_entry(manifest: dict[str, Any]) -> None:
    data = manifest["data"] | {"name": r"50% {off} a\b~^ #1 & $2 _x" + "\n}"}
    entry = entry_of(manifest | {"name": "my_digits", "data": data})
    assert entry.startswith("@misc{my-digits-")
    assert r"title = {{my\_digits}}" in entry
    assert r"of 50\% \{off\} a\textbackslash{}b\textasciitilde{}\textasciicircum{} \#1 \& \$2 \_x \}}," in entry
    assert len(entry.splitlines()) == 5
