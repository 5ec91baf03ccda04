"""Learn the rule for what is no digit from MNIST and people's pens, for the package: a
first build then need not.

To be run after a change of what it is learned from; tests/quality/test_familiar.py says
when.
"""

import tempfile
from pathlib import Path

import numpy as np

from pipeline.data.cache import default_cache_dir
from pipeline.data.prepare import prepare_data, settle_inversion
from pipeline.quality.drawings import LEARNED, make_drawings, make_rule, rule_key
from pipeline.recipes.reading import load_recipe


def main() -> None:
    recipe = load_recipe("softmax")
    steps = recipe.preprocess.drawing_steps(28, 28)
    with tempfile.TemporaryDirectory() as folder:
        work, cache = Path(folder), default_cache_dir()
        found = prepare_data(
            "mnist",
            cache_dir=cache,
            work_dir=work,
            recipe=recipe.data,
            drawing_steps=steps,
        )
    recipe, dataset = settle_inversion(recipe, found)
    rule = make_rule(dataset, recipe.preprocess, make_drawings(steps))
    np.savez_compressed(
        LEARNED,
        allow_pickle=False,
        key=rule_key(dataset, recipe.preprocess),
        **vars(rule),
    )


if __name__ == "__main__":
    main()
