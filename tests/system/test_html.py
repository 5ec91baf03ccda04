"""The HTML of results: all of them have it, and nothing in them can become markup."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from pipeline import BuildResult
from pipeline.config import Config
from pipeline.recipes.reading import load_recipe
from pipeline.records import ClassMetrics, Evaluation, FormatCheck, Gate, Verification
from pipeline.tfjs.report import ExportReport, LayerRow

HOSTILE = '<script>alert("&")</script>'
CHECK = FormatCheck(
    format=HOSTILE, runtime="tfjs", samples=7, max_abs_diff=1e-7, limit=1e-5, argmax_agreement=1, passed=True,
    detail=HOSTILE, seconds=0.5,
)  # fmt: skip


def read(shown: Any) -> tuple[set[str], str]:
    """The tags of a result's HTML, each of which is closed, and its text."""
    html = shown._repr_html_()
    tags, texts, stack = set[str](), list[str](), list[str]()

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.add(tag)
            stack.append(tag)
            assert attrs in ([], [("style", "text-align: left")])

        def handle_endtag(self, tag: str) -> None:
            assert stack.pop() == tag

        def handle_data(self, data: str) -> None:
            texts.append(data)

    Parser().feed(html)
    assert stack == []
    assert not re.search(r"color|background|https?:", html)  # of the notebook's theme, and from nowhere else
    assert tags <= {"div", "p", "strong", "table", "thead", "tbody", "tr", "th", "td", "details", "summary"}
    return tags, " | ".join(texts)


def test_an_export_report() -> None:
    row = LayerRow(
        layer=HOSTILE, keras="Dense", tfjs="Dense", rewrite="", parameters=1234, bytes=4936, max_abs_diff=None
    )
    report = ExportReport(
        name=HOSTILE, format="layers", reason="exact", dtype="float32", path=Path(HOSTILE), model=Path("m"), files=(),
        bytes=12345, max_abs_diff=1e-7, float32_max_abs_diff=1e-7, max_abs_diff_limit=1e-4, limit=1e-4, passed=True,
        argmax_agreement=1.0, outputs=(), layers=(row,) * 60, samples=32, node="24", tfjs="4.22.0", backend="cpu",
        notes=(HOSTILE,), seconds=1.0,
    )  # fmt: skip
    _, text = read(report)
    assert f"Export: {HOSTILE} | format | layers-model, float32, 12.3 kB" in text
    assert "layers (60)" in text
    assert "1,234 | 4,936" in text
    assert text.endswith("and 10 more")
    assert f"layer | {HOSTILE} | keras | Dense" in read(row)[1]


def test_a_build_result() -> None:
    result = BuildResult(
        config=Config(name="digits", recipe=load_recipe("softmax"), data="mnist"), run_dir=Path("runs")
    )
    assert "test accuracy | not evaluated | gates | 0 passed, 0 failed | published | no" in read(result)[1]
    result.gates = (Gate(name=HOSTILE, value=0.5, limit=0.9, passed=False, detail="too low"),)
    result.verification = Verification(node="24", tfjs="4.22.0", backend="cpu", checks=(CHECK,))
    tags, text = read(result)
    assert "details" in tags
    assert f"{HOSTILE} | ✗ no | too low" in text
    assert f"{HOSTILE} | tfjs | 7 | 1e-07 | 1e-05 | ✓ yes" in text


def test_records_show_their_fields_and_the_records_in_them() -> None:
    one = ClassMetrics(label=HOSTILE, precision=None, recall=0.9, support=300)
    evaluation = Evaluation(
        test_images=1000, test_loss=0.25, test_accuracy=0.95, test_accuracy_interval=(0.93456789, 0.96),
        expected_calibration_error=0.01, per_class=(one,),
        confusion=((1, 2), (3, 4)), reliability=(), mistakes=(), weights_digest="d", probabilities_path="p",
        probabilities_digest="x" * 300,
    )  # fmt: skip
    _, text = read(evaluation)
    assert text.startswith("Evaluation | test images | 1,000 | test loss | 0.25 | test accuracy | 0.95")
    assert "test accuracy interval | 0.9346, 0.96" in text
    assert f"per class (1) | label | precision | recall | support | {HOSTILE} | 0.9 | 300" in text
    assert "confusion" not in text
    assert f"{'x' * 199}…" in text
    assert "✓ yes" in read(CHECK)[1]
