"""The published page, audited by Lighthouse as a phone on a slow network. Set SITE to audit another site than `site/`.

The first run installs Lighthouse from `web/bench`; the browser is the one of the browser tests.
"""

import json
import os
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any

from bench.harness import TOOLS, find_chromium, find_site, install_tools, median, print_table, save_results
from pipeline.site.serve import make_server, url_of
from pipeline.system.node import find_node, node_environment

CATEGORIES = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}  # name -> promised score
METRICS = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift")
RUNS = 3  # the performance score differs by a point or two between runs


def audit(url: str) -> dict[str, Any]:
    """One Lighthouse report."""
    flags = "--headless" + (" --no-sandbox" if os.getuid() == 0 else "")  # Chromium's sandbox does not start as root
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        command = [
            *(find_node(), str(TOOLS / "node_modules" / "lighthouse" / "cli" / "index.js"), url, "--quiet"),
            *("--output=json", f"--output-path={path}", f"--only-categories={','.join(CATEGORIES)}"),
            f"--chrome-flags={flags}",
        ]
        environment = {**node_environment(), "CHROME_PATH": find_chromium()}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"Lighthouse exited with {done.returncode}:\n{done.stderr}")
        report: dict[str, Any] = json.loads(path.read_text())
        return report


def main() -> None:
    site = find_site()
    install_tools()
    with make_server(site, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        reports = [audit(url_of(server)) for _ in range(RUNS)]
        server.shutdown()
    scores = {name: [100 * report["categories"][name]["score"] for report in reports] for name in CATEGORIES}
    print_table(
        ("Lighthouse, phone", "score", "promised"),
        [(name, f"{median(values):.0f}", str(CATEGORIES[name])) for name, values in scores.items()],
    )
    metrics = {name: [report["audits"][name]["numericValue"] for report in reports] for name in METRICS}
    save_results("page", {"scores": scores, "metrics": metrics, "lighthouse": reports[0]["lighthouseVersion"]})


if __name__ == "__main__":
    main()
