"""All cases of the converter. To add one, add it to cases.toml, or to wiring.py if it takes more than a line."""

from dataclasses import replace

from tests.tfjs_cases import table, wiring
from tests.tfjs_cases.harness import Case

CASES: list[Case] = [replace(case, seed=seed) for seed, case in enumerate([*table.cases(), *wiring.cases()])]
