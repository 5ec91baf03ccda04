"""All cases of the converter.

Add one to cases.toml, or a long one to wiring.py, then do as CONTRIBUTING.md says.
"""

from dataclasses import replace
from zlib import crc32

from tests.tfjs_cases import table, wiring
from tests.tfjs_cases.harness import Case

# A seed is the case's own: another case changes none of its numbers.
CASES: list[Case] = [
    replace(case, seed=crc32(case.id.encode()))
    for case in (*table.cases(), *wiring.cases())
]
