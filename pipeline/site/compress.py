"""Precompressed copies of a site's text and weight files, next to them, for hosts that
serve these (nginx, Caddy).

`page.js` gets `page.js.br` and `page.js.gz`. Hosts send a copy without comparing it
with its original, so no copy of other content is ever beside one: copies are removed
before their original is replaced and put there after it, and in between the host sends
the original. A copy has its original's modification time, to the nanosecond.

The built page brings its Brotli copies with it, because making them takes longer than
all else in a publication. One is used only if it unpacks to what is written.
"""

import gzip
import os
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import brotli

from pipeline.system.files import holds, prepared, put, sync_folder

# WebAssembly shrinks to a quarter, as text does. Weights differ, see `deserves_copies`.
COMPRESSIBLE = frozenset(
    {
        ".bin",
        ".css",
        ".html",
        ".js",
        ".json",
        ".md",
        ".mjs",
        ".svg",
        ".txt",
        ".wasm",
        ".webmanifest",
    }
)
# bytes: smaller files take one packet anyway, and the extra headers outweigh the
# savings
LEAST = 1024
ENCODINGS = {"br": ".br", "gzip": ".gz"}  # HTTP name → suffix, in order of preference

# Brotli's quality 11 is best, but takes half a second for 100 kB of weights and seconds
# for the large parts of TensorFlow.js. These get 9: texts are a tenth larger, weights 1
# %, in a tenth of the time.
LARGE = 2**16  # bytes
# bytes of weights by which `deserves_copies` judges the rest, in 0.4 ms (quality 10
# took 12)
SAMPLE = 2**14
WORTHWHILE = 0.9  # of the original's size, at most


def write_copies(folder: Path) -> None:
    """Write compressed copies of those files below a folder that are compressible and
    have none, or damaged ones.

    The caller holds the lock and translates errors.
    """
    texts = [
        path
        for path in originals_in(folder)
        if is_compressible(path, path.stat().st_size)
    ]
    write_with_copies([(path, path.read_bytes()) for path in texts])


def write_with_copies(
    contents: Sequence[tuple[Path, bytes]], built: Mapping[Path, Path] | None = None
) -> None:
    """`files.write_files_atomically`, plus compressed copies of the compressible files
    among them.

    `built` maps paths to files of the built page, whose copies are used where they hold
    the content. Everything is on disk before the first file is replaced. The caller
    holds the lock and translates errors.
    """
    outdated = {path for path, content in contents if not holds(path, content)}
    stale = [
        (path, content)
        for path, content in contents
        if path in outdated or not _has_copies(path, content)
    ]
    copies = [
        (
            _copy(path, suffix),
            _built_copy((built or {}).get(path), content, encoding)
            or _compressed(content, suffix),
        )
        for path, content in stale
        if deserves_copies(path, content)
        for encoding, suffix in ENCODINGS.items()
    ]
    with prepared(
        [*(entry for entry in stale if entry[0] in outdated), *copies]
    ) as ready:
        for path, _ in stale:
            _remove_copies(path)
            if path in ready:
                put(ready[path], path)
            for copy in (_copy(path, suffix) for suffix in ENCODINGS.values()):
                if copy in ready:
                    time_ns = path.stat().st_mtime_ns
                    os.utime(ready[copy], ns=(time_ns, time_ns))
                    put(ready[copy], copy)


def is_compressible(path: Path, size: int) -> bool:
    """Tell whether a file of `size` bytes may get copies; images and .keras files are
    already compressed.
    """
    return path.suffix in COMPRESSIBLE and size >= LEAST


def is_copy(path: Path) -> bool:
    """Tell whether a file is the compressed copy of another."""
    return path.suffix in ENCODINGS.values() and Path(path.stem).suffix in COMPRESSIBLE


def original_of(path: str) -> str:
    """The file of which a path is the compressed copy, or the path itself."""
    return path.rpartition(".")[0] if is_copy(Path(path)) else path


def copies_of(path: Path) -> list[Path]:
    """The compressed copies of a file that there are, right or outdated."""
    return [
        copy for suffix in ENCODINGS.values() if (copy := _copy(path, suffix)).exists()
    ]


def find_copy(path: Path, encoding: str) -> Path | None:
    """The copy of `path` for an HTTP content encoding; None if there is none or it is
    outdated.
    """
    copy = _copy(path, ENCODINGS[encoding])
    try:
        return copy if copy.stat().st_mtime_ns == path.stat().st_mtime_ns else None
    except OSError:
        return None


def unpacked(content: bytes, encoding: str, size: int) -> bytes:
    """Decompress what must unpack to `size` bytes; ValueError if it is damaged or
    yields more, which is not unpacked.

    The message is half a sentence that continues the file's name.
    """
    try:
        if encoding == "br":
            unpacker = brotli.Decompressor()
            result = unpacker.process(content, output_buffer_limit=size + 1)
            ended = unpacker.is_finished()
        else:
            zipped = zlib.decompressobj(wbits=31)
            result = zipped.decompress(content, size + 1)
            ended = zipped.eof and not zipped.unused_data
    except (brotli.error, zlib.error) as error:
        raise ValueError(f"cannot be unpacked ({error})") from error
    if len(result) > size:
        raise ValueError(f"unpacks to more than the {size:,} bytes of its original")
    if not ended:
        raise ValueError("is cut off, or has something at its end")
    return bytes(result)


def _copy(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _has_copies(path: Path, content: bytes) -> bool:
    """Tell whether the copies that a file of this content needs are there, and hold
    it.
    """
    if not copies_of(path):
        return not deserves_copies(path, content)
    copies = ((find_copy(path, encoding), encoding) for encoding in ENCODINGS)
    return all(
        copy and _holds(copy.read_bytes(), content, encoding)
        for copy, encoding in copies
    )


def deserves_copies(path: Path, content: bytes) -> bool:
    """Tell whether copies are worth their place on the disk: they are of texts, but not
    of all weights.

    Brotli saves 14 % of the softmax model's 16-bit weights and two thirds of its film.
    It saves 7 % of float32, which few ask for, 4 % of a hidden layer's 16-bit weights,
    and nothing of images, which are packed already.
    """
    sample = content[:SAMPLE]
    return is_compressible(path, len(content)) and (
        path.suffix != ".bin"
        or len(brotli.compress(sample, quality=5)) <= WORTHWHILE * len(sample)
    )


def _built_copy(original: Path | None, content: bytes, encoding: str) -> bytes | None:
    copy = original and _copy(original, ENCODINGS[encoding])
    packed = copy.read_bytes() if copy and copy.is_file() else None
    return packed if packed and _holds(packed, content, encoding) else None


def _holds(packed: bytes, content: bytes, encoding: str) -> bool:
    try:
        return unpacked(packed, encoding, len(content)) == content
    except ValueError:
        return False


def _compressed(content: bytes, suffix: str) -> bytes:
    """Deterministic for the same content and the same release of the compressor."""
    if suffix == ".gz":
        return gzip.compress(content, mtime=0)
    return bytes(brotli.compress(content, quality=9 if len(content) > LARGE else 11))


def _remove_copies(path: Path) -> None:
    present = copies_of(path)
    for copy in present:
        copy.unlink()
    if present:
        # before the original changes: the order must survive a power cut
        sync_folder(path.parent)


def originals_in(folder: Path) -> list[Path]:
    """All files below a folder, without their compressed copies."""
    return sorted(
        path for path in folder.rglob("*") if path.is_file() and not is_copy(path)
    )
