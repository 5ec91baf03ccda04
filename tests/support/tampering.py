"""Ways to change a published site, each with what `pipeline check` must say of it."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli

from pipeline.signing.bundle import signature_path


def live(site: Path, name: str = "digits") -> Path:
    """The folder of the live version."""
    folder = site / "models" / name
    return folder / str(json.loads((folder / "latest.json").read_bytes())["version"])


def flip(path: Path, at: int = -1) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    times = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # as bits that rot


def rewrite(path: Path, change: Callable[[Any], object]) -> None:
    """Change a JSON file and, as a careful attacker would, its compressed copies."""
    document = json.loads(path.read_bytes())
    change(document)
    path.write_text(json.dumps(document))
    for suffix in (".br", ".gz"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def find(site: Path, path: str) -> Path:
    """A file of the site, or one that a version has: the live version's."""
    is_of_site = path.startswith(("models/", "assets/", "embed.js", "integrity.json"))
    return (site if is_of_site else live(site)) / path


def changing(path: str, change: Callable[[Any], object]) -> Callable[[Path], None]:
    return lambda site: rewrite(find(site, path), change)


def flipping(path: str) -> Callable[[Path], None]:
    return lambda site: flip(find(site, path))


def writing(path: str, content: bytes) -> Callable[[Path], object]:
    return lambda site: find(site, path).write_bytes(content)


def remove(pattern: str) -> Callable[[Path], None]:
    def act(site: Path) -> None:
        for path in site.glob(pattern):
            path.unlink()

    return act


def put_pipe(site: Path) -> None:
    (live(site) / "model.keras").unlink()
    os.mkfifo(live(site) / "model.keras")


def lengthen_copy(site: Path) -> None:
    with open(live(site) / "manifest.json.gz", "ab") as copy:
        copy.write(b"x")


def blank_text(pointer: Any) -> None:
    [fmt] = pointer["manifest"]["formats"]
    fmt["files"][0]["text"] += " "


WEIGHTS = "layers-float32/group1-shard1of1.bin"
LATEST, HISTORY, SETTINGS, INDEX = (
    *(f"models/digits/{name}.json" for name in ("latest", "history", "settings")),
    "models/index.json",
)


TAMPERED: dict[str, tuple[Callable[[Path], object], str]] = {
    "weights": (flipping(WEIGHTS), r"group1-shard1of1\.bin does not have the SHA-256 in the manifest"),
    "longer weights": (writing(WEIGHTS, b"w" * 9999), r"group1-shard1of1\.bin has 9,999 bytes; at most"),
    "shorter weights": (writing(WEIGHTS, b"w"), r"group1-shard1of1\.bin has 1 bytes instead of"),
    "no weights": (remove("models/digits/*/*/group1*"), r"group1-shard1of1\.bin is missing"),
    "a pipe": (put_pipe, r"model\.keras is not a file"),
    "a card": (flipping("README.md"), r"README\.md does not have the SHA-256"),
    "a nested manifest": (writing("manifest.json", b"[" * 100_000), r"manifest\.json .*"),
    "a long manifest": (writing("manifest.json", b" " * (2**24 + 1)), r"manifest\.json has 16,777,217 bytes; at most"),
    "the accuracy": (changing("manifest.json", lambda m: m["metrics"].update(test_accuracy=0.99)),
        r"contradicts its files: its metrics are not those in evaluation\.json"),
    "a result of a format": (changing("manifest.json", lambda m: m["formats"][0].update(argmax_agreement=0.5)),
        "results are not those of its verification"),
    "what judges": (changing("manifest.json", lambda m: m["confidence"].update(temperature=9.0)),
        r"judging\.json does not say what the manifest says"),
    "the seed": (changing("manifest.json", lambda m: m["training"].update(seed=7)),
        "says version '[0-9a-f]{12}', but it is '[0-9a-f]{12}'"),
    "a name": (changing("manifest.json", lambda m: m.update(name="ö")), r"a name that load\(\) refuses: 'ö'"),
    "another model": (lambda site: shutil.copytree(live(site, "other"), live(site), dirs_exist_ok=True),
        "says name 'other', but it is 'digits'"),
    "the pointer": (changing(LATEST, lambda p: p["manifest"]["labels"].reverse()),
        r"latest\.json says another labels than the manifest"),
    "the pointer's text": (changing(LATEST, blank_text),
        r"latest\.json says another formats than the manifest"),
    "the pointer's version": (changing(LATEST, lambda p: p.update(version="0123456789ab")),
        r"0123456789ab/manifest\.json is missing"),
    "a path as version": (changing(LATEST, lambda p: p.update(version="../../secret")),
        r"latest\.json names no version but '\.\./\.\./secret'"),
    "no version": (writing(LATEST, b"[]"), r"latest\.json names no version"),
    "no pointer": (remove("models/*/latest.json"), r"index\.json lists digits, other, but none is live"),
    "a pointer that is no JSON": (writing(LATEST, b"{"), r"latest\.json is not JSON"),
    "the history": (changing(HISTORY, lambda entries: entries.clear()),
        r"history\.json does not end with [0-9a-f]{12}, which is live"),
    "a decision": (writing(SETTINGS, b'{"pinned": ["../secret"]}'),
        r"settings\.json a version must be 12 hexadecimal digits\. Received: '\.\./secret'"),
    "no list of models": (remove(INDEX), r"models/index\.json is missing"),
    "a model left out": (changing(INDEX, lambda index: index["models"].pop()),
        r"index\.json lists digits, but live are digits, other"),
    "a model that is none": (changing(INDEX, lambda index: index["models"].append({"name": "../x"})),
        r"A model's name must have"),
    "another default": (changing(INDEX, lambda index: index.update(default="none")), r"index\.json opens with 'none'"),
    "a module": (lambda site: flip(next(site.glob("assets/embed-*.js"))),
        r"assets/embed-[0-9a-f]{16}\.js does not have the hash in its name"),
    "a pin": (changing("integrity.json", lambda pins: pins["embed.js"].update(integrity=f"sha384-{'A' * 64}")),
        r"assets/embed-[0-9a-f]{16}\.js does not have the hash in integrity\.json"),
    "no module": (remove("assets/part-*.js"), r"assets/part-abcdefgh\.js is missing, but .* names it"),
    "the card": (
        lambda site: (site / "index.html").write_text(
            (site / "index.html").read_text().replace(live(site).name, "0123456789ab")
        ),
        r"index\.html describes digits 0123456789ab, but digits [0-9a-f]{12} is live",
    ),
    "a copy of something else": (writing("manifest.json.br", brotli.compress(b"{}")),
        r"manifest\.json\.br does not have the content of its original"),
    "a copy that explodes": (writing("manifest.json.br", brotli.compress(bytes(2**26), quality=5)),
        r"manifest\.json has a compressed copy that unpacks to more than"),
    "a copy cut off": (
        lambda site: (live(site) / "manifest.json.gz").write_bytes((live(site) / "manifest.json.gz").read_bytes()[:-9]),
        r"has a compressed copy that is cut off",
    ),
    "a copy with an end": (lengthen_copy, r"has a compressed copy that is cut off, or has something at its end"),
    "a copy of nothing": (writing("assets/gone.js.br", brotli.compress(b"gone")),
        r"assets/gone\.js\.br is a compressed copy of a file that is missing"),
    "a long copy": (writing("embed.js.br", bytes(10_000)),
        r"embed\.js has a compressed copy that has 10,000 bytes; at most"),
    "no signature": (lambda site: signature_path(live(site)).unlink(), "has not signed"),
    "a signature of nothing": (lambda site: signature_path(live(site)).write_text("{}"),
        r"\.sig is not a signature that can be read"),
    "a signature of another version": (lambda site: shutil.copy(next(site.glob("models/other/*.sig")),
        signature_path(live(site))), "is not what was signed"),
}  # fmt: skip
