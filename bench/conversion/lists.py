"""The lists of models that are converted: those of `bench convert`, and 100 of other
people's packages.

The latter is drawn by a rule. It has every small model of `tests.tfjs_cases.packages`
that Keras 3 can build, but for three that came after the list was measured, and is
filled up to 100 with FURTHER: of keras-hub a tiny configuration of each backbone of
text or of one image that needs no other model to be built first and takes inputs of a
few steps, and variants of seven of them in one option; of kimm the next size of four
families; and of the two packages that have few models, variants in an option or two.
"""

from collections.abc import Callable, Iterator
from typing import Any

from bench.convert import APPLICATIONS
from bench.convert import models as convert_models
from tests.tfjs_cases.packages import MODULES, SMALL, models

# with Keras 3: packages.json has the reasons
NOT_BUILT = {
    "resunet_a_2d",
    "swin_unet_2d",
    "transunet_2d",
}
ADDED = {"EfficientNet", "HGNetV2", "MobileNet"}
LENGTH = 100

HUB, UNETS = SMALL["keras-hub"], SMALL["keras-unet-collection"]
_TEXT = HUB["Bloom"]
_QUERIES = HUB["Mistral"]
_EXPERTS = {**_QUERIES, "num_experts": 2, "top_k": 1}
_SHORT = {"max_sequence_length": 12}
_IMAGE = {"image_shape": (32, 32, 3)}
_VIT = {
    **_IMAGE,
    "patch_size": 8,
    "num_layers": 2,
    "num_heads": 2,
    "hidden_dim": 8,
    "intermediate_dim": 16,
}
_DINO = {**_VIT, "position_embedding_shape": (32, 32, 3), "use_mask_token": False}
_GEMMA3 = {**_QUERIES, "head_dim": 4, "image_size": 16}
_CSPNET = {
    **_IMAGE,
    "stem_filters": 8,
    "stem_kernel_size": 3,
    "stem_strides": 2,
    "stackwise_depth": [1, 2],
    "stackwise_strides": [1, 2],
    "stackwise_num_filters": [8, 16],
    "block_type": "dark_block",
    "bottle_ratio": [0.5],
    "block_ratio": [1.0],
    "expand_ratio": [2.0],
}
_UNET = {**UNETS["unet_2d"], "batch_norm": False}

FURTHER: dict[str, dict[str, dict[str, Any]]] = {
    "keras-hub": {
        "CSPNet": {**_CSPNET, "stage_type": "csp"},
        "CSPNet cs3": {**_CSPNET, "stage_type": "cs3"},
        "DeiT": _VIT,
        "DINOV2": _DINO,
        "DINOV2 registers": {**_DINO, "num_register_tokens": 2},
        "DINOV2 swiglu": {**_DINO, "use_swiglu_ffn": True},
        "ESM": {**_TEXT, **_SHORT},
        "ESM absolute": {**_TEXT, **_SHORT, "position_embedding_type": "absolute"},
        "ESM normalized first": {**_TEXT, **_SHORT, "use_pre_layer_norm": True},
        "Electra": {
            **{key: value for key, value in _TEXT.items() if key != "vocabulary_size"},
            **_SHORT,
            "vocab_size": 20,
            "embedding_dim": 4,
        },
        "Falcon": {
            **{key: value for key, value in _TEXT.items() if key != "num_heads"},
            "num_attention_heads": 2,
        },
        "GPTNeoX": {**_TEXT, **_SHORT, "hidden_dim": 16},
        "Gemma3": _GEMMA3,
        "Gemma3 window of 4": {
            **_GEMMA3,
            "use_sliding_window_attention": True,
            "sliding_window_size": 4,
        },
        "GptOss": {**_EXPERTS, "head_dim": 4},
        "Llama3": _QUERIES,
        "Mistral window of 4": {**_QUERIES, "sliding_window": 4},
        "Mixtral": _EXPERTS,
        "Mixtral window of 4": {**_EXPERTS, "sliding_window": 4},
        "Phi3": _QUERIES,
        "Qwen": _QUERIES,
        "Qwen3": {**_QUERIES, "head_dim": 4},
        "Qwen3Moe": {**_EXPERTS, "head_dim": 4, "moe_intermediate_dim": 8},
        "QwenMoe": {
            **_EXPERTS,
            "moe_intermediate_dim": 8,
            "shared_expert_intermediate_dim": 8,
        },
        "ResNet bottleneck": {**HUB["ResNet"], "block_type": "bottleneck_block"},
        "ResNet vd": {**HUB["ResNet"], "block_type": "basic_block_vd"},
        "ResNet preactivation": {
            **HUB["ResNet"],
            "block_type": "basic_block",
            "use_pre_activation": True,
        },
        "RoformerV2": {**_TEXT, "head_size": 4},
        "ViTDet": {
            "image_shape": (64, 64, 3),
            "hidden_size": 8,
            "num_layers": 2,
            "intermediate_dim": 16,
            "num_heads": 2,
            "global_attention_layer_indices": [1],
            "num_output_channels": 8,
            "window_size": 2,
        },
        "XLMRoberta": {**_TEXT, **_SHORT},
    },
    "keras-tcn": {
        "kernel of 5": {"kernel_size": 5},
        "tanh": {"activation": "tanh"},
        "batch norm, two stacks": {"use_batch_norm": True, "nb_stacks": 2},
        "layer norm, padding=same": {"use_layer_norm": True, "padding": "same"},
        "backwards, return_sequences": {"go_backwards": True, "return_sequences": True},
    },
    "keras-unet-collection": {
        "unet_2d LeakyReLU": {**_UNET, "activation": "LeakyReLU"},
        "unet_2d average, nearest": {**_UNET, "pool": "ave", "unpool": "nearest"},
        "unet_plus_2d strides": {**_UNET, "pool": False, "unpool": False},
        "att_unet_2d multiply": {**_UNET, "attention": "multiply"},
    },
    "kimm": {
        name: {}
        for name in (
            "EfficientNetB0",
            "LCNet050",
            "MobileNetV2W100",
            "MobileNetV3W100SmallMinimal",
        )
    },
}


def layers(keras: Any) -> list[tuple[str, Callable[[], Any]]]:
    """Names and builders of the first list:

    that of `bench convert` without its networks.
    """
    return convert_models(keras)[: -len(APPLICATIONS)]


def applications(keras: Any) -> list[tuple[str, Callable[[], Any]]]:
    """Names and builders of the networks of `bench convert`, which take as long as all
    of its other models.
    """
    return convert_models(keras)[-len(APPLICATIONS) :]


def packages(_keras: Any) -> list[tuple[str, Callable[[], Any]]]:
    """Names and builders of the second list. The packages must be installed."""
    chosen = list(_package_models())
    if len(chosen) != LENGTH:
        raise ValueError(
            f"The list must have {LENGTH} models. Received: {len(chosen)}. Next step:"
            " correct FURTHER."
        )
    return chosen


def _package_models() -> Iterator[tuple[str, Callable[[], Any]]]:
    for package in MODULES:
        small = {
            name: options
            for name, options in SMALL[package].items()
            if name not in NOT_BUILT | ADDED
        }
        for name, build in models(package, small | FURTHER[package]):
            yield f"{package}: {name}", build


LISTS: dict[str, Callable[[Any], list[tuple[str, Callable[[], Any]]]]] = {
    "layers": layers,
    "applications": applications,
    "packages": packages,
}
