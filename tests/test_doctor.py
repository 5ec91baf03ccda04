"""What `pipeline doctor` notices; tests/cli/test_report.py has how the command says it."""

from pathlib import Path

import pytest

from pipeline import doctor


def package() -> doctor.Finding:
    (finding,) = [one for one in doctor.examine() if one.subject == "package"]
    return finding


def test_another_distribution_with_the_same_package_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert package().ok
    info = tmp_path / "pipeline_ai-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pipeline-ai\nVersion: 1.0\n")
    (info / "top_level.txt").write_text("pipeline\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    finding = package()
    assert (finding.ok, finding.required) == (False, True)
    assert "pipeline-ai installs a package `pipeline` over this one. Run: pip uninstall pipeline-ai;" in finding.detail
