"""Precompressed copies of a site's text and weight files, next to them, for hosts that serve these (nginx, Caddy).

`page.js` gets `page.js.br` and `page.js.gz`. A copy has its original's modification time, to the nanosecond, so a copy
of an older version is recognized. Copies are removed before their original is replaced and written again after it, so
that a host never sends old content for a new file; in between it sends the file uncompressed.
"""

import gzip
import os
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from pipeline.errors import PublishError
from pipeline.system.files import remove_stale_temporaries, write_files_atomically
from pipeline.system.node import find_node

# WebAssembly shrinks to a quarter, as text does; the softmax model's weights by a seventh, its snapshots to a third.
COMPRESSIBLE = frozenset(
    {".bin", ".css", ".html", ".js", ".json", ".md", ".mjs", ".svg", ".txt", ".wasm", ".webmanifest"}
)
LEAST = 1024  # bytes: smaller files take one packet anyway, and the extra headers outweigh the savings
ENCODINGS = {"br": ".br", "gzip": ".gz"}  # HTTP name → suffix, in order of preference

# Node.js has Brotli; Python's standard library does not. Quality 11 is best for text, and 10 for weights (by 1 %), but
# they take seconds on the large parts of TensorFlow.js, which get 9: a tenth larger in a tenth of the time.
_BROTLI = """
const { readdirSync, readFileSync, writeFileSync } = require("node:fs");
const { brotliCompressSync, constants } = require("node:zlib");
process.chdir(process.argv[1]);
for (const name of readdirSync(".")) {
  const text = readFileSync(name);
  const quality = text.length > 2 ** 17 ? 9 : name.endsWith(".bin") ? 10 : 11;
  const params = { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
  writeFileSync(`${name}.br`, brotliCompressSync(text, { params }));
}
"""


def write_copies(files: Iterable[Path]) -> None:
    """Write compressed copies of those files that are compressible and have none, or outdated ones.

    The caller holds the lock of their folder. Raises PipelineError if Node.js is missing or fails.
    """
    texts = [path for path in files if is_compressible(path, path.stat().st_size)]
    for folder in {path.parent for path in texts}:
        remove_stale_temporaries(folder)
    outdated = [path for path in texts if not _has_copies(path)]
    write_files_atomically(_compress([(path, path.read_bytes()) for path in outdated]))
    _mark_current(outdated)


def write_with_copies(contents: Sequence[tuple[Path, bytes]]) -> None:
    """`files.write_files_atomically`, plus compressed copies of the compressible files among them.

    Raises PipelineError if Node.js is missing or fails; nothing was changed then.
    """
    changed = [
        (path, content)
        for path, content in contents
        if not (path.is_file() and path.read_bytes() == content)
        or (is_compressible(path, len(content)) and not _has_copies(path))
    ]
    texts = [(path, content) for path, content in changed if is_compressible(path, len(content))]
    copies = _compress(texts)
    for path, _ in changed:
        for suffix in ENCODINGS.values():
            _copy(path, suffix).unlink(missing_ok=True)
    write_files_atomically([*contents, *copies])
    _mark_current([path for path, _ in texts])


def is_compressible(path: Path, size: int) -> bool:
    """Whether a file of `size` bytes gets copies; images and .keras files are already compressed."""
    return path.suffix in COMPRESSIBLE and size >= LEAST


def is_copy(path: Path) -> bool:
    """Whether a file is the compressed copy of another."""
    return path.suffix in ENCODINGS.values() and Path(path.stem).suffix in COMPRESSIBLE


def find_copy(path: Path, encoding: str) -> Path | None:
    """The copy of `path` for an HTTP content encoding; None if there is none or it is outdated."""
    copy = _copy(path, ENCODINGS[encoding])
    try:
        return copy if copy.stat().st_mtime_ns == path.stat().st_mtime_ns else None
    except OSError:
        return None


def _copy(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _has_copies(path: Path) -> bool:
    return all(find_copy(path, encoding) for encoding in ENCODINGS)


def _compress(texts: Sequence[tuple[Path, bytes]]) -> list[tuple[Path, bytes]]:
    """The compressed copies as (path, content); deterministic for the same contents and the same Node.js."""
    if not texts:
        return []
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{number}{path.suffix}" for number, (path, _) in enumerate(texts)]
        for file, (_, content) in zip(files, texts, strict=True):
            file.write_bytes(content)
        done = subprocess.run([find_node(), "-e", _BROTLI, folder], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise PublishError(f"Node.js failed to compress the site: {done.stderr.strip()[-300:]}. Run it again.")
        brotli = [_copy(file, ".br").read_bytes() for file in files]
    gzipped = [gzip.compress(content, mtime=0) for _, content in texts]
    return [
        (_copy(path, suffix), copy)
        for suffix, copies in ((".br", brotli), (".gz", gzipped))
        for (path, _), copy in zip(texts, copies, strict=True)
    ]


def _mark_current(paths: Iterable[Path]) -> None:
    """Give the copies of these files their originals' modification time, which marks them as up to date."""
    for path in paths:
        time_ns = path.stat().st_mtime_ns
        for suffix in ENCODINGS.values():
            os.utime(_copy(path, suffix), ns=(time_ns, time_ns))
