"""All cases of the converter, by family. To add one, add a line to the list of its family."""

from dataclasses import replace
from itertools import count

from tests.tfjs_cases import (
    convolution,
    core,
    normalisation,
    operations,
    padding_and_resizing,
    pooling,
    recurrent,
    wiring,
)
from tests.tfjs_cases.harness import Case

_seeds = count()
FAMILIES: dict[str, list[Case]] = {
    family.__name__.rpartition(".")[2]: [replace(case, seed=next(_seeds)) for case in family.cases()]
    for family in (core, convolution, normalisation, operations, pooling, recurrent, padding_and_resizing, wiring)
}
CASES: list[Case] = [case for cases in FAMILIES.values() for case in cases]
