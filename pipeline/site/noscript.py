"""What a reader without JavaScript sees: the default model's facts as HTML, written into index.html by `publish`.

index.html keeps a place for it inside its <noscript>, between two comments. They stay, so that a rollback can renew
what lies between. Labels and names are the user's: all text of the manifest is escaped, so none of it can end the
place, the <noscript> or an attribute.
"""

import html
import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from pipeline.records import FileDigest
from pipeline.versions.card.descriptions import FILE_MEANINGS, WEIGHTS_MEANING, describe
from pipeline.versions.card.markdown import number, percent
from pipeline.versions.manifest import CARD_NAME, MANIFEST_NAME, Manifest

START, END = "<!-- static -->", "<!-- /static -->"
# Of bytes: whatever else its owner wrote into the page comes out as it went in, whether it is UTF-8 or not.
_PLACEHOLDER = re.compile(f"{START}.*?{END}".encode(), re.DOTALL)


def has_placeholder(page: bytes) -> bool:
    """Whether `page`, an index.html, has exactly one place for the facts."""
    return page.count(START.encode()) == page.count(END.encode()) == len(_PLACEHOLDER.findall(page)) == 1


def inject(page: bytes, manifest: Manifest) -> bytes:
    """The page with the facts of `manifest` in its place, instead of what was there.

    Args:
        page: an index.html that `has_placeholder`.
        manifest: of a version in `models/` beside the page.
    """
    return _PLACEHOLDER.sub(lambda _: f"{START}\n{render_static(manifest)}\n{END}".encode(), page)


def render_static(manifest: Manifest) -> str:
    """The facts as HTML; what the manifest does not say is left out."""
    parts = [_introduction(manifest), _weights(manifest), _classes(manifest), _gates(manifest), _files(manifest)]
    return "\n".join(
        ['<section class="static" aria-labelledby="static-title">', *(part for part in parts if part), "</section>"]
    )


def _introduction(manifest: Manifest) -> str:
    lines = [
        f'<div><h2 id="static-title">{_text(manifest.name)}</h2>',
        f"<p>{describe(manifest, _text)}. Version <code>{_text(manifest.version)}</code>, made "
        f'<span class="nowrap">{_text(manifest.created[:10])}</span>.</p>',
    ]
    if metrics := manifest.metrics:
        low, high = metrics.test_accuracy_interval
        lines.append(
            f"<p>It is right on <strong>{percent(metrics.test_accuracy)}</strong> of {metrics.test_images:,} test "
            f"images (95 % interval {percent(low)} to {percent(high)}). "
            f"<a href={_link(manifest, CARD_NAME)}>Its model card</a> says more.</p>"
        )
    return "\n".join([*lines, "</div>"])


def _weights(manifest: Manifest) -> str:
    picture = manifest.files.get("weights_picture")
    if not picture:
        return ""
    labels = "".join(f"<li>{_text(label)}</li>" for label in manifest.labels)
    return (
        f'<figure>\n<div class="static-weights"><img src={_link(manifest, picture.path)} '
        f'alt="{len(manifest.labels)} pictures of weights, one for each class" /><ol>{labels}</ol></div>\n'
        f"<figcaption>{WEIGHTS_MEANING}</figcaption>\n</figure>"
    )


def _classes(manifest: Manifest) -> str:
    rows = [
        (_text(entry.label), percent(entry.recall), f"{entry.support:,}")
        for entry in (manifest.metrics.per_class if manifest.metrics else ())
    ]
    return _table("How many test images of each class it finds", ("class", "found", "test images"), rows)


def _gates(manifest: Manifest) -> str:
    rows = [
        (
            _text(gate.name) + (f" <small>{_text(gate.detail)}</small>" if gate.detail else ""),
            _text(number(gate.value)),
            _text(number(gate.limit)),
            "passed" if gate.passed else "<strong>failed</strong>",
        )
        for gate in manifest.gates
    ]
    return _table("What it had to reach before it was published", ("gate", "value", "limit", "result"), rows)


def _files(manifest: Manifest) -> str:
    rows = [(f"<a href={_link(manifest, CARD_NAME)}>{CARD_NAME}</a> <small>the model card</small>", "")]
    rows += [
        (_download(manifest, file, FILE_MEANINGS.get(key, key)), f"{file.bytes:,}")
        for key, file in manifest.files.items()
    ]
    for fmt in manifest.formats:
        kind = f"for TensorFlow.js, {fmt.route}-model, {fmt.dtype}"
        rows += [(_download(manifest, file, kind), f"{file.bytes:,}") for file in fmt.files]
    rows.append((f"<a href={_link(manifest, MANIFEST_NAME)}>{MANIFEST_NAME}</a> <small>all facts</small>", ""))
    return _table("Its files", ("file", "bytes"), rows)


def _download(manifest: Manifest, file: FileDigest, meaning: str) -> str:
    return f"<a href={_link(manifest, file.path)}>{_text(file.path)}</a> <small>{_text(meaning)}</small>"


def _link(manifest: Manifest, path: str) -> str:
    """The quoted value of an attribute: where a file of the version lies, as seen from index.html."""
    address = quote(f"models/{manifest.name}/{manifest.version}/{path}")
    return f'"{_text(address)}"'


def _table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose first cells name their rows; the cells are HTML already. Nothing when there are no rows."""
    lines = [
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in others)}</tr>'
        for first, *others in rows
    ]
    if not lines:
        return ""
    heads = "".join(f'<th scope="col">{column}</th>' for column in columns)
    return "\n".join(
        [f"<table><caption>{caption}</caption><thead><tr>{heads}</tr></thead><tbody>", *lines, "</tbody></table>"]
    )


def _text(value: Any) -> str:
    return html.escape(str(value))
