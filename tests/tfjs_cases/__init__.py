"""All cases of the converter, by family. To add one, add a line to the list of its family."""

from tests.tfjs_cases import convolution, core, normalisation, operations, pooling, recurrent, space, wiring
from tests.tfjs_cases.harness import Case

CASES: list[Case] = [
    case
    for family in (core, convolution, normalisation, operations, pooling, recurrent, space, wiring)
    for case in family.cases()
]
