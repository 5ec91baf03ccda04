"""Read a Keras model from a file that may come from anyone: no code in it is ever run."""

import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import ConversionError, DataError

# What Keras, h5py and zipfile raise for files that are damaged or are not a model.
_UNREADABLE = (
    *(ValueError, TypeError, LookupError, AttributeError, RuntimeError, OSError, EOFError),
    *(zlib.error, zipfile.BadZipFile),
)
_CODE = "{'value': ['4w"  # how Keras writes a lambda: marshalled, in base64
_H5_SIGNATURE = b"\x89HDF\r\n\x1a\n"


def load_keras_file(path: str | Path, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The model in a `.keras` or `.h5` file. Safe mode stays on: code in the file (Lambda layers) is not run.

    Raises DataError for a file that is missing, damaged, no Keras model, or of a newer Keras, and ConversionError for
    one that needs a class that Keras does not know or holds a Lambda layer.
    """
    import keras

    file = Path(path)
    if not file.exists():
        raise DataError(f"The model file must exist. Received: {file}. Next step: check the path.")
    saved_with = _check_container(file)
    try:
        return keras.saving.load_model(file, custom_objects=dict(custom_objects or {}), compile=False, safe_mode=True)
    except _UNREADABLE as error:
        raise _load_error(file, error, saved_with) from error


def _check_container(file: Path) -> str | None:
    """Check that the file is a container of a Keras model; returns the version of Keras that wrote it, if given."""
    if not file.is_file() or file.suffix not in (".keras", ".h5", ".hdf5"):
        received = file.name if file.is_file() else f"the folder {file}"
        raise DataError(
            f"A model must be a .keras or .h5 file. Received: {received}. Next step: model.save('m.keras')."
        )
    with open(file, "rb") as stream:
        head = stream.read(8)
    zipped = file.suffix == ".keras"
    if not head.startswith(b"PK" if zipped else _H5_SIGNATURE):
        what = "a Keras model, which is a zip archive" if zipped else "an HDF5 file"
        raise DataError(
            f"{file} must be {what}. Received: first bytes {head!r}. Next step: pass a file that model.save() wrote."
        )
    try:
        return _check_zip(file) if zipped else _check_h5(file)
    except _UNREADABLE as error:
        raise DataError(f"{file} is damaged or cut off ({error}). Next step: copy or save it again.") from error


def _check_zip(file: Path) -> str | None:
    with zipfile.ZipFile(file) as archive:
        names = set(archive.namelist())
        metadata = json.loads(archive.read("metadata.json")) if "metadata.json" in names else {}
        damaged = archive.testzip()
        version = metadata.get("keras_version")
    if damaged is not None:
        raise DataError(f"{file} is damaged: its {damaged} does not match its checksum. Next step: save it again.")
    if "config.json" not in names:
        raise DataError(
            f"{file} must be a Keras model, with a config.json. Received: a zip archive of {sorted(names)[:5]}. "
            "Next step: pass a file that model.save() wrote."
        )
    return str(version) if version else None


def _check_h5(file: Path) -> str | None:
    import h5py

    with h5py.File(file, "r") as archive:
        if "model_config" not in archive.attrs:
            raise DataError(
                f"{file} must hold a model. Received: only weights. Next step: build the model in Python, call "
                "load_weights() and export it, or save it with model.save('m.keras')."
            )
        version = archive.attrs.get("keras_version")
    return version.decode() if isinstance(version, bytes) else version


def _load_error(file: Path, error: Exception, saved_with: str | None) -> DataError | ConversionError:
    import keras

    # Keras prints the whole config of the enclosing models before the actual error.
    text = " ".join(str(error).rpartition("Exception encountered: ")[2].split())
    if "Lambda" in text or "safe_mode" in text or _CODE in text:
        return ConversionError(
            f"{file} must not contain Python code. Received: a Lambda layer, or a lambda as an option, which was not "
            "run (Keras' safe mode). Next step: replace it with keras.ops between layers, or rebuild the model in "
            "Python and call export_model(model, …, format='graph')."
        )
    if saved_with and _major_minor(saved_with) > _major_minor(keras.__version__):
        return DataError(
            f"Keras {keras.__version__} cannot read {file}. Received: a file saved by Keras {saved_with} "
            f"({text[:200]}). Next step: update Keras, or save the model with an older version."
        )
    if "Could not locate" in text or "Unknown layer" in text or "custom_objects" in text:
        return ConversionError(
            f"{file} must only use Keras' own classes and functions. Received: {text[:300]}. Next step: from Python, "
            "call export_model(path, out, custom_objects={'Name': Class}); its layers need format='graph'."
        )
    return DataError(f"Keras cannot read {file}. Received: {text[:300]}. Next step: save it again with model.save().")


def _major_minor(version: str) -> tuple[int, ...]:
    """The version without its patch number: patch releases read each other's files."""
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
