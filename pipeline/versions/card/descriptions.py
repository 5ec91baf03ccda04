"""What the model card and the page without JavaScript say alike."""

from collections.abc import Callable
from typing import Any

from pipeline.versions.manifest import Manifest

WEIGHTS_MEANING = "One weight for each pixel and each class. Blue: ink there speaks for the class. Orange: against it."
# What each file of the manifest's `files` holds.
FILE_MEANINGS = {
    "keras": "the model as Keras saves it",
    "evaluation": "the results on the test images, with every mistake",
    "history": "loss and accuracy after every epoch",
    "snapshots": "the weights after every epoch, a byte for each (history.json has their scale)",
    "reference": "test images to try: their labels, and what Keras answers",
    "reference_images": "their pixels, a byte for each, compressed with gzip",
    "mistake_images": "the pixels of the misread images, likewise, in the order of evaluation.json",
    "weights_picture": "the weights as a picture",
}


def describe(manifest: Manifest, escape: Callable[[Any], str]) -> str:
    """What the model is, as a sentence without its full stop; `escape` makes the manifest's text safe where it goes."""
    labels, image = manifest.labels, manifest.image
    kind = "linear Keras model (one dense layer and a softmax)" if manifest.linear else "Keras model"
    size = f" with {manifest.training.parameters:,} parameters" if manifest.training else ""
    does = ""
    if labels and image:
        channels = "" if image.channels == 1 else f" in {image.channels} channels"
        does = (
            f" that sorts pictures of {image.width} × {image.height} pixels{channels} into {len(labels)} "
            f"classes: {', '.join(map(escape, labels))}"
        )
    return f"A {kind}{size}{does}"
