"""All cases of the converter. To add one, add it to cases.toml, or to wiring.py if it takes more than a line.

Then run `.venv/bin/python -m tests.tfjs_cases.coverage`, which writes docs/, and all of tests/tfjs/test_cases.py.
"""

from dataclasses import replace
from zlib import crc32

from tests.tfjs_cases import table, wiring
from tests.tfjs_cases.harness import Case

# A seed is the case's own: another case changes none of its numbers.
CASES: list[Case] = [replace(case, seed=crc32(case.id.encode())) for case in (*table.cases(), *wiring.cases())]
