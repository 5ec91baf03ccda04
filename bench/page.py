"""The published page, audited by Lighthouse as a phone on a slow network, and drawn on
with every section open.

Tasks are what the page's main thread does in one go, while the browser makes its
processor seem a fourth as fast; script is measured at full speed. The bare page has one
canvas, one line and one number.

Set SITE to measure another site than `site/`. The first run installs Lighthouse from
`web/bench`; the browser is the one of the browser tests.
"""

import json
import os
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any

from bench.harness import (
    TOOLS,
    cores_awake,
    drive,
    find_site,
    install_tools,
    median,
    print_table,
    save_results,
)
from pipeline.checking.browser import find_chromium
from pipeline.site.serve import make_server
from pipeline.system.node import find_node, node_environment

# name -> promised score
CATEGORIES = {
    "performance": 99,
    "accessibility": 100,
    "best-practices": 100,
    "seo": 100,
}
RUNS = 3  # the performance score differs by a point or two between runs
ROUNDS = 5  # of 177 frames for each page and device
# promised: no task longer than this, no more script than this in a drawn frame
LONG_MS, SCRIPT_MS = (
    50,
    4,
)


def audit(url: str) -> dict[str, Any]:
    """One Lighthouse report."""
    # Chromium's sandbox does not start as root
    flags = "--headless" + (" --no-sandbox" if os.getuid() == 0 else "")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        command = [
            *(
                find_node(),
                str(TOOLS / "node_modules" / "lighthouse" / "cli" / "index.js"),
                url,
                "--quiet",
            ),
            *(
                "--output=json",
                f"--output-path={path}",
                f"--only-categories={','.join(CATEGORIES)}",
            ),
            f"--chrome-flags={flags}",
        ]
        environment = {**node_environment(), "CHROME_PATH": find_chromium()}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise SystemExit(
                f"Lighthouse exited with {done.returncode}:\n{done.stderr}"
            )
        report: dict[str, Any] = json.loads(path.read_text())
        return report


def draw(site_url: str) -> list[dict[str, Any]]:
    """Script and long tasks while strokes are drawn, on the page and on a bare one in
    turns; see draw.mjs.
    """
    pages = [
        {"id": f"{title}, {device}", "url": url, "pad": pad, "device": device}
        for device in ("phone", "desktop")
        for title, url, pad in (
            ("the page", site_url, ".pad-canvas"),
            ("a bare page", (TOOLS / "page" / "bare.html").as_uri(), "canvas"),
        )
    ]
    with cores_awake():
        drawn: list[dict[str, Any]] = drive(
            "page/draw.mjs", {"rounds": ROUNDS, "pages": pages}
        )
    return drawn


def main() -> None:
    site = find_site()
    install_tools()
    with make_server(site, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        reports = [audit(server.url) for _ in range(RUNS)]
        drawn = draw(server.url)
        server.shutdown()
    scores = {
        name: [100 * report["categories"][name]["score"] for report in reports]
        for name in CATEGORIES
    }
    print_table(
        ("Lighthouse, phone", "score", "promised"),
        [
            (name, f"{median(values):.0f}", str(CATEGORIES[name]))
            for name, values in scores.items()
        ],
    )
    print_table(
        (
            "drawn on",
            "frames",
            f"tasks over {LONG_MS} ms, a fourth as fast (promised 0)",
            f"script per frame, ms (promised {SCRIPT_MS})",
        ),
        [
            (
                one["id"],
                str(one["frames"]),
                f"{len(one['long_ms'])}"
                + (f", up to {max(one['long_ms']):.0f} ms" if one["long_ms"] else ""),
                f"{median(one['script_ms']):.2f}",
            )
            for one in drawn
        ],
    )
    save_results("page", {"lighthouse": reports[0]["lighthouseVersion"]})


if __name__ == "__main__":
    main()
