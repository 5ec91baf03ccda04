"""Models of other people's packages, as small as they come: `python -m tests.tfjs_cases.packages`.

`make test-all` installs the packages of requirements/models.txt. One that is missing is left out, and said so.
"""

import importlib.util
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipeline.tfjs.keras_model import reason_of
from tests.tfjs_cases.harness import randomise
from tests.tfjs_cases.standing import Judge, Result, counts, record, row

RESULTS = Path(__file__).with_name("packages.json")
MODULES = {
    "keras-hub": "keras_hub", "keras-tcn": "tcn", "keras-unet-collection": "keras_unet_collection", "kimm": "kimm",
}  # fmt: skip
IMAGE = (32, 32, 3)

_TEXT = {"vocabulary_size": 20, "num_layers": 2, "num_heads": 2, "hidden_dim": 8, "intermediate_dim": 16}
_QUERIES = {**{k: v for k, v in _TEXT.items() if k != "num_heads"}, "num_query_heads": 4, "num_key_value_heads": 2}
_SHORT = {"max_sequence_length": 12}
_PATCHES = {"image_shape": IMAGE, "num_layers": 2, "num_heads": 2, "hidden_dim": 8}
_RESNET = {
    "input_conv_filters": [64], "input_conv_kernel_sizes": [7], "stackwise_num_filters": [64, 64],
    "stackwise_num_blocks": [1, 2], "stackwise_num_strides": [1, 2], "image_shape": (None, None, 3),
}  # fmt: skip
HUB: dict[str, dict[str, Any]] = {
    "Albert": {**_TEXT, **_SHORT, "embedding_dim": 4}, "Bart": {**_TEXT, **_SHORT}, "Bert": {**_TEXT, **_SHORT},
    "Bloom": _TEXT, "DebertaV3": {**_TEXT, **_SHORT, "bucket_size": 4},
    "DenseNet": {"stackwise_num_repeats": [1, 2], "growth_rate": 4}, "DistilBert": {**_TEXT, **_SHORT},
    "FNet": {**{k: v for k, v in _TEXT.items() if k != "num_heads"}, **_SHORT}, "GPT2": {**_TEXT, **_SHORT},
    "Gemma": {**_QUERIES, "head_dim": 4}, "Llama": _QUERIES,
    "MiT": {
        "layerwise_depths": [1, 1], "num_layers": 2, "layerwise_num_heads": [1, 2], "layerwise_sr_ratios": [2, 1],
        "max_drop_path_rate": 0.1, "layerwise_patch_sizes": [7, 3], "layerwise_strides": [4, 2], "hidden_dims": [8, 16],
        "image_shape": IMAGE,
    },
    "Mistral": _QUERIES, "OPT": {**_TEXT, **_SHORT}, "ResNet": {**_RESNET, "block_type": "basic_block"},
    "Roberta": {**_TEXT, **_SHORT},
    "SwinTransformer": {"image_shape": IMAGE, "embed_dim": 8, "depths": [1, 1], "num_heads": [1, 2], "window_size": 4},
    "T5": _TEXT, "VGG": {"stackwise_num_repeats": [1, 2], "stackwise_num_filters": [4, 8], "image_shape": IMAGE},
    "ViT": {**_PATCHES, "patch_size": (4, 4), "mlp_dim": 16},
    "Whisper": {**_TEXT, "num_mels": 8, "max_encoder_sequence_length": 12, "max_decoder_sequence_length": 12},
    "XLNet": _TEXT,
    "Xception": {"stackwise_conv_filters": [[4, 4], [8, 8]], "stackwise_pooling": [True, False], "image_shape": IMAGE},
}  # fmt: skip
KIMM = (  # the smallest of most families
    *("ConvNeXtAtto", "EfficientNetLiteB0", "EfficientNetV2B0", "GhostNetV2W100", "GhostNetV3W050"),
    *("HGNetV2B0", "LCNet035", "MobileNetV2W050", "MobileNetV3W050Small", "MobileOneS0"),
    *("MobileViTXXS", "MobileViTV2W050", "RegNetX002", "RegNetY002", "RepVGGA0", "ResNet18", "TinyNetE"),
    *("VisionTransformerTiny16",),
)
TCN: dict[str, dict[str, Any]] = {
    "default": {}, "no skips": {"use_skip_connections": False}, "return_sequences": {"return_sequences": True},
    "padding=same": {"padding": "same", "return_sequences": True}, "two stacks": {"nb_stacks": 2},
    "batch norm": {"use_batch_norm": True}, "layer norm": {"use_layer_norm": True}, "backwards": {"go_backwards": True},
}  # fmt: skip
_UNET = {"input_size": (64, 64, 3), "filter_num": [4, 8, 16], "n_labels": 2}
_DOWN = {"input_size": (64, 64, 3), "filter_num_down": [4, 8, 16], "n_labels": 2}
UNETS: dict[str, dict[str, Any]] = {
    "unet_2d": {**_UNET, "batch_norm": True},
    "unet_2d free": {**_UNET, "input_size": (None, None, 3), "pool": False, "unpool": False},
    "unet_plus_2d": {**_UNET, "deep_supervision": True}, "unet_3plus_2d": _DOWN, "att_unet_2d": _UNET,
    "r2_unet_2d": _UNET, "resunet_a_2d": {**_UNET, "dilation_num": [1, 3], "aspp_num_down": 8, "aspp_num_up": 4},
    "u2net_2d": {**_DOWN, "filter_num_down": [4, 8], "filter_4f_num": [8, 8], "filter_4f_mid_num": [4, 4]},
    "vnet_2d": {**_UNET, "filter_num": [16, 32, 64], "res_num_max": 2, "pool": False, "unpool": False},
    "transunet_2d": {**_UNET, "embed_dim": 8, "num_mlp": 16, "num_heads": 2, "num_transformer": 1},
    "swin_unet_2d": {
        "input_size": (64, 64, 3), "filter_num_begin": 8, "n_labels": 2, "depth": 2, "stack_num_down": 2,
        "stack_num_up": 2, "patch_size": (4, 4), "num_heads": [2, 2], "window_size": [4, 4], "num_mlp": 16,
    },
}  # fmt: skip


SMALL: dict[str, dict[str, dict[str, Any]]] = {
    "keras-hub": HUB, "keras-tcn": TCN, "keras-unet-collection": UNETS, "kimm": {name: {} for name in KIMM},
}  # fmt: skip


def models(package: str, chosen: Mapping[str, dict[str, Any]] | None = None) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Names of a package's models, and what builds each: those of SMALL, or the chosen, which are options by name.

    A name is that of the package's class or function; what follows a space tells variants of it apart.
    """
    module: Any = importlib.import_module(MODULES[package])
    for name, options in (SMALL[package] if chosen is None else chosen).items():
        kind = name.split()[0]
        if package == "keras-hub":
            yield name, partial(getattr(module.models, f"{kind}Backbone"), **options)
        elif package == "keras-tcn":
            yield name, partial(_tcn, module, options)
        elif package == "kimm":
            shape = (224, 224, 3) if "Vision" in name else (64, 64, 3)
            build = getattr(module.models, kind)
            yield name, partial(build, weights=None, input_shape=shape, classifier_activation="linear", **options)
        else:
            yield name, partial(getattr(importlib.import_module(f"{MODULES[package]}.models"), kind), **options)


def _tcn(module: Any, options: dict[str, Any]) -> Any:
    import keras

    return keras.Sequential([keras.Input((20, 3)), module.TCN(nb_filters=4, dilations=(1, 2, 4), **options)])


def missing() -> list[str]:
    """The packages that are not installed."""
    return [name for name, module in MODULES.items() if importlib.util.find_spec(module) is None]


def judged(package: str) -> list[Result]:
    """Convert a package's models."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # their own: of weights that are not asked for, of old NumPy
        return [_judged(package, name, build) for name, build in models(package)]


def _judged(package: str, name: str, build: Callable[[], Any]) -> Result:
    import keras

    keras.backend.clear_session(free_memory=False)
    try:
        model = randomise(build())
    except Exception as error:
        return Result(package, name, "not judged", f"{type(error).__name__}: {reason_of(error)}")
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(Path(folder))
        judge.export(package, name, model)
        return judge.finish()[0]


def main() -> None:
    """Judge the models of all packages, and keep the results."""
    if lacking := missing():
        raise SystemExit(
            f"All packages must be installed. Missing: {', '.join(lacking)}. Next step: make .venv/.models"
        )
    results = []
    for package in MODULES:
        results += judged(package)
        sys.stdout.write(row(package, counts(results)[package]))
    record(RESULTS, results, {name: version(name) for name in ("keras", *MODULES)})


if __name__ == "__main__":
    main()
