"""Texts of the model card about its model and its files."""

from pipeline.versions.card.markdown import number, text
from pipeline.versions.manifest import Manifest

WEIGHTS_MEANING = (
    "One weight per pixel and class. Blue: ink there is evidence for the class. Orange: evidence against it."
)
FILE_RUNTIMES = {"onnx": "onnxruntime", "litert": "LiteRT"}  # by route: what runs the formats of one file
FILE_MEANINGS = {  # by key of the manifest's `files`
    "keras": "the model as saved by Keras",
    "keras_config": "its layers; Keras loads this whole folder by this file and the next two",
    "keras_metadata": "the release of Keras that saved it",
    "keras_weights": "its weights, as Keras saves them",
    "evaluation": "the results on the test images, including every mistake",
    "familiar": "what is like the images of a class, by a rule, and how often that is wrong",
    "familiar_pictures": "the means and principal directions that the rule uses, one byte each",
    "history": "loss and accuracy after every epoch",
    "snapshots": "the weights after every epoch, one byte each (their scale is in history.json)",
    "reference": "test images to try: their labels and the answers from Keras",
    "reference_images": "their pixels, one byte each, compressed with gzip",
    "mistake_images": "the pixels of the misclassified images, likewise, in the order of evaluation.json",
    "training_images": "training images of each class, and after them their labels, one byte each, likewise",
    "held_out_images": "images that the training held out, likewise",
    "weights_picture": "the weights as an image",
}


def describe(manifest: Manifest) -> str:
    """A sentence that describes the model, without the final period."""
    labels, image = manifest.labels, manifest.image
    kind = "linear Keras model (one dense layer and a softmax)" if manifest.linear else "Keras model"
    known = manifest.training or manifest.origin
    size = f" with {number(known.parameters)} parameters" if known else ""
    does = ""
    if labels and image:
        channels = "" if image.channels == 1 else f" in {image.channels} channels"
        nouns = f", each of one {text(manifest.noun)}," if manifest.noun else ""
        named = ", ".join(map(text, labels))
        does = (
            f" that classifies images of {image.width} × {image.height} pixels{channels}{nouns} into {len(labels)} "
            f"classes: {named}"
        )
    return f"A {kind}{size}{does}"


def describe_data(manifest: Manifest) -> str:
    """Who made the data and under which license, without the final period; empty where that is not known."""
    data = manifest.data
    if not data or not (data.attribution or data.license):
        return ""
    name = text(data.name)
    done = f"Measured on {name}" if manifest.origin else f"Trained on {name}"
    makers = f" by {text(data.attribution)}" if data.attribution else ""
    return f"{done}{makers}{f' ({text(data.license)})' if data.license else ''}"
