"""Print the ten slowest tests of a run, and those over 5 s that no table gives a reason
for.
"""

import json
import sys
from pathlib import Path
from xml.etree import ElementTree

from tests.tiers import SECONDS, listed

ROOT = Path(__file__).parent.parent
WEB_TIERS = "web/src/testing/tiers.ts"


def python_times(report: Path) -> dict[str, float]:
    """Seconds of each test in a JUnit report of pytest, fixtures included, by its
    pytest id.
    """
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 (written by our own run)
        path = f"{case.get('classname', '').replace('.', '/')}.py"
        found[f"{path}::{case.get('name')}"] = float(case.get("time", 0))
    return found


def web_times(report: Path) -> dict[str, float]:
    """Seconds of each test in a JSON report of Vitest, by file and title."""
    return {
        f"{Path(file['name']).relative_to(ROOT)}::{test['fullName']}": (
            (test.get("duration") or 0) / 1000
        )
        for file in json.loads(report.read_text())["testResults"]
        for test in file["assertionResults"]
    }


def has_reason(nodeid: str) -> bool:
    """True if tests/tiers.py lists the test, or for one of `web/` the table there its
    file.
    """
    file = nodeid.partition("::")[0].removeprefix("web/")
    return listed(nodeid) is not None or f'"{file}"' in (ROOT / WEB_TIERS).read_text()


def main(folder: Path) -> None:
    """Read all reports of a run."""
    times: dict[str, float] = {}
    for report in sorted(folder.iterdir()):
        times |= python_times(report) if report.suffix == ".xml" else web_times(report)
    ordered = sorted(times.items(), key=lambda item: -item[1])
    print(f"The slowest of {len(times)} tests:")
    for nodeid, seconds in ordered[:10]:
        print(f"  {seconds:5.1f} s  {nodeid}")
    unlisted = [
        (nodeid, seconds)
        for nodeid, seconds in ordered
        if seconds > SECONDS and not has_reason(nodeid)
    ]
    if unlisted:
        print(f"Over {SECONDS} s without a reason in tests/tiers.py or {WEB_TIERS}:")
        for nodeid, seconds in unlisted:
            print(f"  {seconds:5.1f} s  {nodeid}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
