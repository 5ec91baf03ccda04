"""The converter's cases of normalisation layers: exact in TensorFlow.js, or refused by name."""

from tests.tfjs_cases import FAMILIES
from tests.tfjs_cases.family_tests import (  # noqa: F401 - run here
    test_case,
    test_load_answers_as_stock_tensorflow_js_does_in_chromium,
    test_the_coverage_page_is_current,
    test_the_small_engine_answers_as_keras_does,
)

CASES = FAMILIES["normalisation"]
