"""What a build is asked to do: a recipe (TOML), overridden by the environment and by flags.

A flag wins over its `PIPELINE_*` environment variable, that over the recipe file, and that over the default. The
command line resolves the first two (click reads the environment), `recipes.reading` the last two.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.recipes.reading import Recipe

DEVICES = ("auto", "cpu", "gpu")
DISTRIBUTIONS = ("none", "mirrored", "multiworker")
PUBLISH_IMAGES = ("none", "test", "some")  # some test images, or some training images as well


@dataclass(frozen=True, kw_only=True)
class Config:
    """One build, resolved."""

    name: str
    recipe: Recipe
    data: str = "mnist"  # or the path of an .npz file or of a folder
    model: Path | None = None  # a Keras file that was trained elsewhere; the recipe's network is not trained then
    from_logits: bool = False  # whether that model lacks its softmax
    device: str = "auto"
    distribute: str = "none"  # "mirrored" over all GPUs of this machine, or "multiworker" over those in TF_CONFIG
    worker_timeout: float = 300.0  # seconds to wait for the other workers
    out: Path = Path("exported_models")
    site: Path = Path("site")
    runs: Path = Path("runs")
    force: bool = False
    key: Path | None = None  # private key that signs what is published
    base_url: str | None = None  # where the site will be hosted; None keeps what an earlier publication was given
    publish_images: str | None = None  # one of PUBLISH_IMAGES; None leaves it to the recipe
    embed_only: bool = False  # publish only the model and the files that embed it elsewhere, without the page
    publish_held: bool = False  # publish what a rollback holds
    callbacks: tuple[Any, ...] = ()  # of Keras
    tensorboard: Path | None = None  # folder for what TensorBoard shows of the training

    @property
    def by_fit(self) -> bool:
        """Tell whether Keras' `fit` trains. Nobody can tell what callbacks do: such a training is never recalled."""
        return bool(self.callbacks) or self.tensorboard is not None

    def images_to_publish(self, source: str) -> str:
        """One of PUBLISH_IMAGES for a data set from this source: one's own pictures are published only on demand."""
        chosen = self.publish_images or self.recipe.publish_images
        return ("none" if source in ("file", "folder") else "some") if chosen == "auto" else chosen

    def noun(self, channels: int) -> str:
        """What one image shows: as the recipe says, or where nobody said it."""
        guess = "digit" if self.data == "mnist" else "drawing" if channels == 1 else "picture"
        return self.recipe.noun or guess
