"""The converter's cases of normalisation layers: exact in TensorFlow.js, or refused by name."""

from tests.tfjs_cases import FAMILIES
from tests.tfjs_cases.family_tests import test_case, test_the_coverage_page_is_current  # noqa: F401 - run here

CASES = FAMILIES["normalisation"]
