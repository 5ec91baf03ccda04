"""Run every benchmark, one after the other."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
HELPERS = ("harness", "readme")  # these measure nothing
NAMES = sorted(
    path.stem
    for path in HERE.glob("*.py")
    if not path.stem.startswith("_") and path.stem not in HELPERS
)

unknown = set(sys.argv[1:]) - set(NAMES)
if unknown:
    sys.exit(
        f"Benchmarks must be of {', '.join(NAMES)}. Received:"
        f" {', '.join(sorted(unknown))}."
    )
for name in sys.argv[1:] or NAMES:
    print(f"\n== bench.{name}", flush=True)
    subprocess.run([sys.executable, "-m", f"bench.{name}"], check=True)
if not sys.argv[1:]:
    subprocess.run([sys.executable, "-m", "bench.readme"], check=True)
