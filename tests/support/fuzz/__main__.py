"""`python -m tests.support.fuzz KIND SEED FIRST END FOLDER` tries the cases from FIRST
up to END in a folder.
"""

import sys

from tests.support.fuzz.engine import try_cases

try_cases(*sys.argv[1:])
