"""The default model's facts as HTML for readers without JavaScript, which `publish` writes into index.html.

index.html has a placeholder for them inside its <noscript>: two comments, which stay, so that a rollback can replace
the content between them. Labels and names come from users: all text from the manifest is escaped, so it cannot close
the placeholder, the <noscript> or an attribute.
"""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from pipeline.records import FileDigest
from pipeline.site.page_words import name_page
from pipeline.system.html import escaped
from pipeline.versions.card.descriptions import (
    FILE_MEANINGS,
    FILE_RUNTIMES,
    WEIGHTS_MEANING,
    describe,
    describe_data,
)
from pipeline.versions.card.markdown import number, percent
from pipeline.versions.manifest import CARD_NAME, MANIFEST_NAME, Manifest
from pipeline.versions.ownership import PAGE_MARK

START, END = PAGE_MARK, "<!-- /static -->"
# Matches bytes: whatever else its owner wrote into the page stays unchanged, even if it is not UTF-8.
_PLACEHOLDER = re.compile(f"{START}.*?{END}".encode(), re.DOTALL)


def has_placeholder(page: bytes) -> bool:
    """Whether `page`, an index.html, has exactly one placeholder for the facts."""
    return page.count(START.encode()) == page.count(END.encode()) == len(_PLACEHOLDER.findall(page)) == 1


def inject(page: bytes, manifest: Manifest, base_url: str | None) -> bytes:
    """The page, which `has_placeholder`, with the facts of `manifest` there: a version in `models/` next to it.

    `base_url` is the address at which its owner says that the site is hosted.
    """
    facts = f"{START}\n{render_static(manifest)}\n{END}".encode()
    return _PLACEHOLDER.sub(lambda _: facts, name_page(page, manifest, base_url))


def render_static(manifest: Manifest) -> str:
    """The facts as HTML; parts that are not in the manifest are omitted."""
    parts = [section(manifest) for section in (_introduction, _weights, _classes, _gates, _files)]
    start = '<section class="static" aria-labelledby="static-title">'
    return "\n".join([start, *filter(None, parts), "</section>"])


def _introduction(manifest: Manifest) -> str:
    lines = [
        f'<div><h2 id="static-title">{escaped(manifest.name)}</h2>',
        f"<p>{describe(manifest, escaped)}. Version <code>{escaped(manifest.version)}</code>, created "
        f'<span class="nowrap">{escaped(manifest.created[:10])}</span>.</p>',
    ]
    if metrics := manifest.metrics:
        low, high = metrics.test_accuracy_interval
        lines.append(
            f"<p>It classifies <strong>{percent(metrics.test_accuracy)}</strong> of {metrics.test_images:,} test "
            f"images correctly (95 % interval {percent(low)} to {percent(high)}). "
            f"See <a href={_link(manifest, CARD_NAME)}>its model card</a> for details.</p>"
        )
    if data := describe_data(manifest, escaped):
        lines.append(f"<p>{data}.</p>")
    return "\n".join([*lines, "</div>"])


def _weights(manifest: Manifest) -> str:
    image = manifest.files.get("weights_picture")
    if not image:
        return ""
    labels = "".join(f"<li>{escaped(label)}</li>" for label in manifest.labels)
    return (
        f'<figure>\n<div class="static-weights"><img src={_link(manifest, image.path)} '
        f'alt="{len(manifest.labels)} images of weights, one per class" /><ol>{labels}</ol></div>\n'
        f"<figcaption>{WEIGHTS_MEANING}</figcaption>\n</figure>"
    )


def _classes(manifest: Manifest) -> str:
    rows = [
        (escaped(entry.label), percent(entry.recall), f"{entry.support:,}")
        for entry in (manifest.metrics.per_class if manifest.metrics else ())
    ]
    return _table("Share of each class's test images that it recognises", ("class", "recognised", "test images"), rows)


def _gates(manifest: Manifest) -> str:
    rows = [
        (
            escaped(gate.name) + (f" <small>{escaped(gate.detail)}</small>" if gate.detail else ""),
            escaped(number(gate.value)),
            escaped(number(gate.limit)),
            "passed" if gate.passed else "<strong>failed</strong>",
        )
        for gate in manifest.gates
    ]
    return _table("Requirements for publication", ("gate", "value", "limit", "result"), rows)


def _files(manifest: Manifest) -> str:
    size = f"{manifest.card.bytes:,}" if manifest.card else ""
    rows = [(f"<a href={_link(manifest, CARD_NAME)}>{CARD_NAME}</a> <small>the model card</small>", size)]
    rows += [
        (_download(manifest, file, f"the model card ({language})"), f"{file.bytes:,}")
        for language, file in manifest.cards.items()
    ]
    rows += [
        (_download(manifest, file, FILE_MEANINGS.get(key, key)), f"{file.bytes:,}")
        for key, file in manifest.files.items()
    ]
    for fmt in manifest.formats:
        runtime = FILE_RUNTIMES.get(fmt.route)
        kind = f"for {runtime}, {fmt.dtype}" if runtime else f"for TensorFlow.js, {fmt.route}-model, {fmt.dtype}"
        rows += [(_download(manifest, file, kind), f"{file.bytes:,}") for file in fmt.files]
    rows.append((f"<a href={_link(manifest, MANIFEST_NAME)}>{MANIFEST_NAME}</a> <small>all facts</small>", ""))
    return _table("Files", ("file", "bytes"), rows)


def _download(manifest: Manifest, file: FileDigest, meaning: str) -> str:
    return f"<a href={_link(manifest, file.path)}>{escaped(file.path)}</a> <small>{escaped(meaning)}</small>"


def _link(manifest: Manifest, path: str) -> str:
    """The quoted attribute value with the path of a file of the version, relative to index.html."""
    return f'"{escaped(quote(f"models/{manifest.name}/{manifest.version}/{path}"))}"'


def _table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with row headers in the first column; the cells are already HTML. Empty if there are no rows."""
    lines = [
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in others)}</tr>'
        for first, *others in rows
    ]
    if not lines:
        return ""
    heads = "".join(f'<th scope="col">{column}</th>' for column in columns)
    head = f"<table><caption>{caption}</caption><thead><tr>{heads}</tr></thead><tbody>"
    return "\n".join([head, *lines, "</tbody></table>"])
