"""Read a Keras model from a file that may come from anyone: no code in it is ever
run.
"""

import functools
import math
import re
import subprocess
import textwrap
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError, ConversionError, DataError, PipelineError
from pipeline.system.outside import (
    TooLargeError,
    open_regular,
    open_zip,
    parse_json,
    size_of,
)
from pipeline.system.worker_process import WorkerProcess
from pipeline.tfjs.keras2 import is_keras2, readable_by_keras3
from pipeline.tfjs.probe_hdf5 import SLACK_BYTES, WEIGHTS_NAME

_CODE = "{'value': ['4w"  # how Keras writes a lambda: marshalled, in base64
_H5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
# Keras holds a file's weights twice while it reads them: for this much, and with
# TensorFlow, in less than 2 GB. VGG19, the largest network that is usual, has 575 MB.
MODEL_BYTES = 600 * 2**20
CONFIG_NAME, METADATA_NAME = "config.json", "metadata.json"
CONFIG_BYTES = 4 * 2**20  # the largest networks of keras.applications have 1 MB
# in a config: layers, initializers and the like, for which Keras takes some
# milliseconds each
MOST_OBJECTS = 10_000
MOST_VALUES = 2**26  # that a layer computes for one example: 256 MB
PROBE_SECONDS = 25  # to read a file of the largest size from a slow disk
_left: ContextVar[list[int] | None] = ContextVar(
    "bytes that may still be created", default=None
)


def load_keras_file(
    path: str | Path, custom_objects: Mapping[str, Any] | None = None
) -> Any:
    """The model in a `.keras` or `.h5` file. Safe mode stays on: code in the file
    (Lambda layers) is not run.

    Raises ConfigError for custom objects that are no mapping, DataError for a file that
    is missing, damaged, no Keras model, of a newer Keras, or too large, and
    ConversionError for one with a Lambda layer or a class unknown to Keras.
    """
    import keras

    if not (custom_objects is None or isinstance(custom_objects, Mapping)):
        raise ConfigError(
            "custom_objects must map names to classes. Received:"
            f" {custom_objects!r:.80}. Next step: {{'Name': Name}}."
        )
    file = Path(path)
    weights_bytes = check_container(file)
    _probe(file)
    config, saved_with = _check_model(file)
    try:
        with (
            readable_by_keras3(file, config)
            if is_keras2(saved_with)
            else nullcontext(file) as readable,
            variable_budget(weights_bytes + SLACK_BYTES),
        ):
            model = keras.saving.load_model(
                readable,
                custom_objects=dict(custom_objects or {}),
                compile=False,
                safe_mode=True,
            )
        _check_values(model)
    except ConversionError:
        raise
    except (
        Exception
    ) as error:  # Keras passes on whatever its layers, TensorFlow and h5py raise
        raise _load_error(file, error, saved_with) from error
    return model


@contextmanager
def _reading(file: Path) -> Iterator[None]:
    """Inside, what zipfile, zlib, h5py and JSON raise becomes a DataError:

    they raise many types for damage.
    """
    try:
        yield
    except DataError:
        raise
    except TooLargeError as error:
        raise DataError(
            f"A model file must have at most {MODEL_BYTES:,} bytes. Received: {error}"
            f" in {file}. Next step: use a smaller model."
        ) from error
    except Exception as error:
        raise _damaged(file, error) from error


def check_container(file: Path) -> int:
    """Check that the file is a container of a Keras model of a bounded size; the bytes
    of its HDF5 part.
    """
    if not file.exists():
        raise DataError(
            f"The model file must exist. Received: {file}. Next step: check the path."
        )
    if not file.is_file() or file.suffix not in (".keras", ".h5", ".hdf5"):
        received = file.name if file.is_file() else f"{file}, which is no file"
        raise DataError(
            f"A model must be a .keras or .h5 file. Received: {received}. Next step:"
            " model.save('m.keras')."
        )
    zipped = file.suffix == ".keras"
    with _reading(file), open_regular(file) as stream:
        if (size := size_of(stream)) > MODEL_BYTES:
            raise TooLargeError(f"{size:,} bytes")
        head = stream.read(8)
        if not head.startswith(b"PK" if zipped else _H5_SIGNATURE):
            what = "a Keras model, which is a zip archive" if zipped else "an HDF5 file"
            raise DataError(
                f"{file} must be {what}. Received: first bytes {head!r}. Next step:"
                " pass a file that model.save() wrote."
            )
        if not zipped:
            return size
        with open_zip(stream, MODEL_BYTES) as archive:
            return _check_zip(file, archive)


def _check_zip(file: Path, archive: zipfile.ZipFile) -> int:
    sizes = {member.filename: member.file_size for member in archive.infolist()}
    for name in (CONFIG_NAME, WEIGHTS_NAME):
        if name not in sizes:
            raise DataError(
                f"{file} must be a Keras model, with a {name}. Received: a zip archive"
                f" of {sorted(sizes)[:5]}. Next step: pass a file that model.save()"
                " wrote."
            )
    if (damaged := archive.testzip()) is not None:
        raise DataError(
            f"{file} is damaged: its {damaged} does not match its checksum. Next step:"
            " save it again."
        )
    return sizes[WEIGHTS_NAME]


def _check_model(file: Path) -> tuple[Any, str | None]:
    """Check the model's config, which is bounded. Returns it, and the version of Keras
    that wrote it, if given.
    """
    read = _read_zip_config if file.suffix == ".keras" else _read_h5_config
    with _reading(file):
        config, saved_with = read(file)
        if len(config) > CONFIG_BYTES or config.count(b'"class_name"') > MOST_OBJECTS:
            raise ValueError(
                f"its config has {len(config):,} bytes, of {CONFIG_BYTES:,} at most, or"
                " too many objects"
            )
        return parse_json(config), str(saved_with) if saved_with else None


def _read_zip_config(file: Path) -> tuple[bytes, Any]:
    with open_regular(file) as stream, open_zip(stream, MODEL_BYTES) as archive:
        metadata = {}
        if METADATA_NAME in archive.namelist():
            metadata = parse_json(archive.open(METADATA_NAME).read(CONFIG_BYTES))
        return archive.open(CONFIG_NAME).read(CONFIG_BYTES + 1), metadata.get(
            "keras_version"
        )


def _read_h5_config(file: Path) -> tuple[bytes, Any]:
    import h5py

    with h5py.File(file, "r") as archive:
        if "model_config" not in archive.attrs:
            raise DataError(
                f"{file} must hold a model. Received: only weights. Next step: build"
                " the model in Python, call load_weights() and export it, or save it"
                " with model.save('m.keras')."
            )
        config, version = (
            archive.attrs["model_config"],
            archive.attrs.get("keras_version"),
        )
        config = config.encode() if isinstance(config, str) else bytes(config)
        return config, version.decode() if isinstance(version, bytes) else version


def _probe(file: Path) -> None:
    """Read the file's HDF5 part in another process, which may hang or crash; DataError
    if it does.
    """
    worker = WorkerProcess(
        "pipeline.tfjs.probe_hdf5", {"path": str(file.absolute()), "limit": MODEL_BYTES}
    )
    try:
        worker.process.wait(timeout=PROBE_SECONDS)
        worker.wait()
    except subprocess.TimeoutExpired as error:
        raise _damaged(
            file, f"the HDF5 library did not come to its end in {PROBE_SECONDS} s"
        ) from error
    except DataError as error:
        raise _damaged(file, error) from error
    except PipelineError as error:
        raise _damaged(file, "the HDF5 library crashed") from error
    finally:
        worker.stop()


def _damaged(file: Path, reason: object) -> DataError:
    return DataError(
        f"{file} is damaged or cut off ({reason}). Next step: copy or save it again."
    )


def _check_values(model: Any) -> None:
    """Refuse a model whose layers compute more than fits into memory; ValueError."""
    for layer in model._flatten_layers():
        for node in layer._inbound_nodes:
            for tensor in node.output_tensors:
                values = math.prod(size or 1 for size in tensor.shape)
                if values > MOST_VALUES:
                    raise ValueError(
                        f"the layer {layer.name} computes {values:,} values for one"
                        f" example, more than {MOST_VALUES:,}"
                    )


def _load_error(
    file: Path, error: Exception, saved_with: str | None
) -> DataError | ConversionError:
    import keras

    # Keras prints the whole config of the enclosing models before the actual error.
    text = " ".join(str(error).rpartition("Exception encountered: ")[2].split())
    # After these words comes general advice, and the layer's whole config.
    short = textwrap.shorten(text.partition(". Make sure")[0], 300, placeholder=" …")
    words = (
        "vocabulary file outside" in text
        and f"the vocabulary {text.rpartition('file: ')[2]}"
    )
    if elsewhere := words or ("TFSMLayer" in short and "the SavedModel of a TFSMLayer"):
        return ConversionError(
            f"{file} must hold all of its model. Received: {elsewhere} in another"
            " place, which was not read (Keras' safe mode). Next step: build the model"
            " in Python with these words, or Keras layers, then save it again."
        )
    if "safe_mode=False" in text or _CODE in text:
        return ConversionError(
            f"{file} must not contain Python code. Received: a Lambda layer, or a"
            " lambda as an option, which was not run (Keras' safe mode). Next step:"
            " replace it with keras.ops between layers, or rebuild the model in Python"
            " and call export_model(model, …)."
        )
    if is_keras2(saved_with):
        return DataError(
            f"Keras 3 cannot read {file}, which Keras {saved_with} wrote. Received:"
            f" {short.partition('. Please')[0]}. Next step: build the same layers in"
            " Python with Keras 3, call"
            f" model.load_weights({str(file)!r}) and export_model(model, 'out')."
        )
    if saved_with and _major_minor(saved_with) > _major_minor(keras.__version__):
        return DataError(
            f"Keras {keras.__version__} cannot read {file}. Received: a file saved by"
            f" Keras {saved_with} ({short}). Next step: update Keras, or save the model"
            " with an older version."
        )
    if "values cannot be empty tensors" in text:
        layer = text.partition("object <")[2].partition(",")[0]
        return DataError(
            f"The layers of {file} that look words up must have some. Received: none in"
            f" {layer}. Next step: call its adapt(data), then save the model again."
        )
    if (
        "Could not locate" in text
        or "Unknown layer" in text
        or "custom_objects" in text
    ):
        short = short.partition(". Please")[0]
        name = next(iter(re.findall(r"'(\S+?)'", short)), "Name")
        # Keras looks for a class that was registered by its package, too, which only
        # its config tells.
        key = next(
            iter(re.findall(rf"'registered_name': '([^']+>{re.escape(name)})'", text)),
            name,
        )
        return ConversionError(
            f"The model {file.stem} must only use classes and functions that Keras"
            f" knows. Received: {short}. Next step: only from Python, where it is"
            f" defined: export_model({str(file)!r}, 'out', custom_objects={{'{key}':"
            f" {name.rpartition('>')[2]}}}), or check(…, model={str(file)!r}) inside"
            " keras.saving.custom_object_scope of the same."
        )
    return DataError(
        f"Keras cannot read {file}. Received: {short}. Next step: save it again, or"
        " give export_model() the model itself, from Python."
    )


def _major_minor(version: str) -> tuple[int, ...]:
    """The version without its patch number: patch releases read each other's files."""
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())


@contextmanager
def variable_budget(limit: int) -> Iterator[None]:
    """Inside, in this thread, Keras creates variables of at most `limit` bytes;
    ValueError before more.
    """
    _watch()
    token = _left.set([limit])
    try:
        yield
    finally:
        _left.reset(token)


@functools.cache
def _watch() -> None:
    """Count each variable before it gets its initial value.

    Keras offers no place for this, so a method is wrapped.
    """
    import tensorflow as tf
    from keras.src.backend import Variable

    create = Variable._initialize_with_initializer

    def counted(self: Any, initializer: Any) -> None:
        left = _left.get()
        if left is not None:
            left[0] -= math.prod(self._shape) * tf.as_dtype(self._dtype).size
            if left[0] < 0:
                raise ValueError(
                    f"weights of shape {tuple(self._shape)}, which the file does not"
                    " hold"
                )
        create(self, initializer)

    Variable._initialize_with_initializer = counted
