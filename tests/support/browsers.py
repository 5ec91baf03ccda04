"""Chromium, for tests that need a real browser."""

import os
import shutil
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "web"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def require_chromium() -> str:
    """Its path; the test is skipped where it, or what drives it, is not installed."""
    chromium = os.environ.get("CHROMIUM") or next((found for name in _NAMES if (found := shutil.which(name))), None)
    if chromium is None or not (WEB / "node_modules" / "puppeteer-core").exists():
        pytest.skip("needs Chromium and web/node_modules: `make browser web`")
    return chromium
