"""The settings of one build: a recipe and the options of `pipeline build`.

`--set` wins over a recipe's file, and that over the default. An option wins over its
`PIPELINE_*` variable, which click reads, and that over the default.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from pipeline.recipes.reading import Recipe

Device = Literal["auto", "cpu", "gpu"]
Distribution = Literal["none", "mirrored", "multiworker"]
STAGES = ("data", "train", "evaluate", "export", "verify", "publish")
# an export is kept only once it is verified
End = Literal["data", "train", "evaluate", "verify", "publish"]
DEVICES, DISTRIBUTIONS, ENDS = get_args(Device), get_args(Distribution), get_args(End)


@dataclass(frozen=True, kw_only=True)
class Config:
    """One build, resolved."""

    name: str
    recipe: Recipe
    data: str = "mnist"  # or the path of an .npz file or of a folder
    # whether the test images of the data were chosen from all of it
    is_split: bool = False
    # a Keras file that was trained elsewhere; the recipe's network is not trained then
    model: Path | None = None
    device: str = "auto"
    # "mirrored" over all GPUs of this machine, or "multiworker" over those in TF_CONFIG
    distribute: str = "none"
    out: Path = Path("exported_models")
    site: Path = Path("site")
    runs: Path = Path("runs")
    force: bool = False
    key: Path | None = None  # private key that signs what is published
    # where the site will be hosted; None keeps what an earlier publication was given
    base_url: str | None = None
    # days until what is published must be renewed; None keeps the number
    expires: int | None = None
    # publish only the model and the files that embed it elsewhere, without the page
    embed_only: bool = False
    callbacks: tuple[Any, ...] = ()  # of Keras

    @property
    def by_fit(self) -> bool:
        """Tell whether Keras' `fit` trains.

        Nobody can tell what callbacks do: such a training is never recalled.
        """
        return bool(self.callbacks)

    def images_to_publish(self, source: str) -> str:
        """The recipe's `publish_images`, decided for data from this source:

        own pictures only on demand.
        """
        chosen = self.recipe.publish_images
        return (
            ("none" if source in ("file", "folder") else "some")
            if chosen == "auto"
            else chosen
        )

    def noun(self, channels: int) -> str:
        """The noun for one image: the recipe's, or a guess."""
        guess = (
            "digit"
            if self.data == "mnist"
            else "drawing"
            if channels == 1
            else "picture"
        )
        return self.recipe.noun or guess
