"""The HTML of a data report. All text from the data set is escaped; there is no script and no inline style."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.quality.report_sheets import Sheet
from pipeline.records import Dataset, Gate, SplitStatistics
from pipeline.system.html import escaped
from pipeline.versions.card.markdown import number, percent
from pipeline.versions.manifest import Manifest

STYLE_NAME = "report.css"
MARK = '<meta name="generator" content="keras-web-pipeline: pipeline data report" />'  # in each of these pages
POLICY = "default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'"
CHART_HEIGHT, BAR_WIDTH = 100, 20  # units of the drawing, which the style sheet scales


@dataclass(frozen=True, kw_only=True)
class Disputed:
    """A training image whose label the model contradicts."""

    place: str
    label: str
    answer: str  # the class that the model prefers
    probability: float  # that it gives to its answer
    label_probability: float  # and to the label


@dataclass(frozen=True, kw_only=True)
class Repeated:
    """A test image that is a training image as well."""

    test_place: str
    test_label: str
    train_place: str
    train_label: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """What the page shows."""

    name: str  # of the model
    data: str  # where the data set is, as it was given
    written: str  # UTC, ISO 8601
    dataset: Dataset
    published: Manifest | None
    gates: Sequence[Gate]  # those on the data
    disputed_labels: int
    disputed: Sequence[Disputed]  # the first of them, in the order of the images in their sheet
    disputed_sheet: Sheet | None  # None if there are none
    repeated: Sequence[Repeated]  # likewise
    repeated_sheet: Sheet | None


def render(report: Report) -> str:
    """The whole page."""
    sections = (_introduction, _warnings, _gates, _labels, _pixels, _disputed, _repeated)
    title = f"Data report: {escaped(report.name)}"
    head = [
        '<meta charset="utf-8" />',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}" />',
        '<meta name="viewport" content="width=device-width, initial-scale=1" />',
        '<meta name="robots" content="noindex" />',
        MARK,
        f"<title>{title}</title>",
        f'<link rel="stylesheet" href="{STYLE_NAME}" />',
    ]
    body = ["<main>", f"<h1>{title}</h1>", *(section(report) for section in sections), "</main>"]
    return "\n".join(["<!doctype html>", '<html lang="en">', *head, *body, "</html>", ""])


def _introduction(report: Report) -> str:
    data = report.dataset
    return (
        f"<p>{data.train_images:,} training images and {data.test_images:,} test images of {data.image_width} × "
        f"{data.image_height} pixels in {len(data.labels):,} classes.</p>\n<dl>"
        f"<dt>Data</dt><dd><code>{escaped(report.data)}</code></dd>"
        f"<dt>SHA-256</dt><dd><code>{escaped(data.digest)}</code></dd>"
        f"<dt>Compared with</dt><dd>{_published(report)}</dd>"
        f"<dt>Written</dt><dd>{escaped(report.written)}</dd></dl>"
    )


def _published(report: Report) -> str:
    if report.published is None:
        return "nothing: no version is published yet"
    version = f"published version <code>{escaped(report.published.version)}</code>"
    same = report.published.data and report.published.data.digest == report.dataset.digest
    return f"{version}, trained on {'the same data' if same else 'other data'}"


def _warnings(report: Report) -> str:
    warnings = report.dataset.warnings
    if not warnings:
        return ""
    return _section("Warnings", f"<ul>{''.join(f'<li>{escaped(warning)}</li>' for warning in warnings)}</ul>")


def _gates(report: Report) -> str:
    rows = [
        (
            f"{escaped(gate.name)} <small>{escaped(gate.detail)}</small>",
            number(gate.value),
            number(gate.limit),
            _outcome(gate),
        )
        for gate in report.gates
    ]
    return _section(
        "Gates on the data",
        "<p>What a build compares before it publishes. This report stops nothing.</p>",
        _table("Gates", ("gate", "value", "limit", "result"), rows),
    )


def _outcome(gate: Gate) -> str:
    if gate.value is None:
        return "–"
    return "passed" if gate.passed else "<strong>failed</strong>"


def _labels(report: Report) -> str:
    data, before = report.dataset, _published_counts(report)
    train, test = data.train_statistics, data.test_statistics
    if train is None or test is None:
        return ""
    rows, most = [], max(train.labels)
    for label, count, tested in zip(data.labels, train.labels, test.labels, strict=True):
        cells = [escaped(label), f"{count:,}", _bar(count / most), percent(count / sum(train.labels))]
        if before:
            cells.append(percent(before.get(label, 0) / sum(before.values())))
        rows.append([*cells, f"{tested:,}", percent(tested / sum(test.labels))])
    gone = [label for label in before if label not in data.labels]
    columns = ("label", "training images", "", "share", *(["published"] if before else []), "test images", "share")
    return _section(
        "Labels",
        "<p>“Published” is the share of the training images of the published version.</p>" if before else "",
        _table("Labels", columns, rows),
        f"<p>No longer there: {', '.join(map(escaped, gone))}.</p>" if gone else "",
    )


def _published_counts(report: Report) -> dict[str, int]:
    data = report.published.data if report.published else None
    if not report.published or not data or not data.train_statistics:
        return {}
    return dict(zip(report.published.labels, data.train_statistics.labels, strict=False))


def _pixels(report: Report) -> str:
    data = report.published.data if report.published else None
    splits = {"training images": report.dataset.train_statistics, "test images": report.dataset.test_statistics}
    if data:
        splits["published training images"] = data.train_statistics
    known = {name: statistics for name, statistics in splits.items() if statistics}
    rows = [(name, f"{each.mean:.4f}", f"{each.deviation:.4f}", _histogram(name, each)) for name, each in known.items()]
    return _section(
        "Pixels",
        "<p>Values from 0 (black) to 1 (white). The bars are shares of the pixels in 16 ranges of equal width, on a "
        "square-root scale, so that rare values can be seen.</p>",
        _table("Pixels", ("", "mean", "standard deviation", "distribution"), rows),
    )


def _histogram(name: str, statistics: SplitStatistics) -> str:
    bars = []
    for index, share in enumerate(statistics.pixels):
        height = round(share**0.5 * CHART_HEIGHT, 2)
        place = f'x="{index * BAR_WIDTH + 1}" y="{round(CHART_HEIGHT - height, 2)}" width="{BAR_WIDTH - 2}"'
        bars.append(f'<rect {place} height="{height}"><title>{percent(share)}</title></rect>')
    shares = ", ".join(percent(share) for share in statistics.pixels)
    size = f"0 0 {BAR_WIDTH * len(statistics.pixels)} {CHART_HEIGHT}"
    alt = f"Distribution of the pixels of the {name}, from black to white: {shares}"
    return f'<svg class="histogram" role="img" aria-label="{escaped(alt)}" viewBox="{size}">{"".join(bars)}</svg>'


def _disputed(report: Report) -> str:
    title, count, images = "Labels that the model contradicts", report.disputed_labels, report.dataset.train_images
    if report.disputed_sheet is None:
        return _section(title, "<p>None.</p>")
    text = (
        f"<p>{count:,} of {images:,} training labels ({percent(count / images)}). The model prefers another class, "
        "and is as sure of it as it is, on average, of the images with that label. Look at each: its label is wrong, "
        "or it is an unusual image. A large network learns wrong labels by heart and contradicts fewer of them.</p>"
    )
    figures = [
        _figure(
            report.disputed_sheet,
            index,
            f"Training image labeled {each.label}, which the model takes for {each.answer}",
            f"labeled <b>{escaped(each.label)}</b> ({percent(each.label_probability)})<br />"
            f"model: <b>{escaped(each.answer)}</b> ({percent(each.probability)})<br />{_place(each.place)}",
        )
        for index, each in enumerate(report.disputed)
    ]
    return _section(title, text, *_figures(figures, count))


def _repeated(report: Report) -> str:
    title, count = "Images in both the training and the test set", report.dataset.repeated_test_images
    if report.repeated_sheet is None:
        return _section(title, "<p>None, also none that is nearly the same.</p>")
    images = report.dataset.test_images
    text = (
        f"<p>{count:,} of {images:,} test images ({percent(count / images)}) equal a training image, or nearly. "
        "The model has seen them, so the test accuracy is too optimistic. Remove them from one of the two.</p>"
    )
    figures = []
    for index, each in enumerate(report.repeated):
        labels = f"labeled <b>{escaped(each.test_label)}</b>"
        if each.test_label != each.train_label:
            labels = f"<strong>test: {escaped(each.test_label)}, training: {escaped(each.train_label)}</strong>"
        places = f"{_place(each.test_place)}<br />{_place(each.train_place)}"
        alt = f"Test image labeled {each.test_label}, in the training set labeled {each.train_label}"
        figures.append(_figure(report.repeated_sheet, index, alt, f"{labels}<br />{places}"))
    return _section(title, text, *_figures(figures, count))


def _place(place: str) -> str:
    return f"<code>{escaped(place)}</code>"


def _figures(figures: Sequence[str], count: int) -> tuple[str, str]:
    first = f"<p>The first {len(figures):,}:</p>" if len(figures) < count else ""
    return first, f'<ul class="pictures">{"".join(figures)}</ul>'


def _figure(sheet: Sheet, index: int, alt: str, caption: str) -> str:
    """One image of a sheet; the caption is HTML already."""
    (top, left), (height, width) = sheet.corner(index), sheet.size
    return (
        f'<li><svg role="img" aria-label="{escaped(alt)}" viewBox="{left} {top} {sheet.width} {sheet.height}">'
        f'<image href="{sheet.name}" width="{width}" height="{height}" /></svg><div>{caption}</div></li>\n'
    )


def _bar(share: float) -> str:
    """A bar of a length in 0..1; the numbers beside it say the same."""
    return (
        '<svg class="bar" aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none">'
        f'<rect width="{share * 100:.1f}" height="10" /></svg>'
    )


def _section(title: str, *parts: str) -> str:
    return "\n".join(["<section>", f"<h2>{title}</h2>", *filter(None, parts), "</section>"])


def _table(name: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table that scrolls where it is too wide, with row headers in the first column; the cells are HTML already."""
    head = "".join(f'<th scope="col">{column}</th>' if column else "<td></td>" for column in columns)
    lines = [
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in others)}</tr>'
        for first, *others in rows
    ]
    scrolls = f'<div class="scrolls" role="region" tabindex="0" aria-label="{name}">'
    return f"{scrolls}<table><thead><tr>{head}</tr></thead>\n<tbody>{chr(10).join(lines)}</tbody></table></div>"
