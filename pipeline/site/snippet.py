"""The lines of HTML that put a published model into another page.

embed.html prints the same lines in the reader's language, by
web/src/page/use/snippets.ts; tests/fixtures/snippets.json holds both to it.
"""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import ConfigError, PublishError
from pipeline.signing.bundle import find_signature, signature_path
from pipeline.site.index import normalized_base_url, read_index
from pipeline.site.memory import require_published
from pipeline.site.page import PINS
from pipeline.site.page_words import takes_photos
from pipeline.system.outside import read_json
from pipeline.versions.manifest import (
    LATEST_NAME,
    MANIFEST_NAME,
    Manifest,
    read_manifest,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

# Reserves the element's height before its script arrives, so that nothing moves.
_STYLE = "display: block; min-height: clamp(500px, (480px - 100vw) * 99, 100vw + 500px)"
# Characters that end an attribute or start a tag.
_WITHOUT_MARKUP = str.maketrans("", "", "\"&'<>")


@dataclass(frozen=True, kw_only=True)
class Code:
    """The script that defines the element."""

    address: str
    integrity: str | None  # its hash; None accepts any content


@dataclass(frozen=True, kw_only=True)
class Source:
    """The model that the element shows."""

    address: str  # of a version's manifest, or of latest.json
    integrity: str | None = None  # the hash of that file
    key: str | None = None  # the public key of its owner, as one line


def snippet_of(
    site: Path,
    name: str,
    *,
    base_url: str | None = None,
    key: "ec.EllipticCurvePublicKey | None" = None,
    latest: bool = False,
) -> str:
    """Return the HTML that shows a published model in another page.

    The code is always pinned by its hash, unless `latest` is set. The model is pinned
    to the live version by its hash, or with `key` follows new versions that the key's
    owner has signed. `base_url` is the address of the site; by default the one given
    when the site was built.

    Raises ConfigError if the address is unknown, if the model takes no images, or if
    `key` has not signed the live version, and PublishError if the site does not show
    the model.
    """
    version = require_published(site, name)
    folder = site / "models" / name / version
    manifest = read_manifest(folder / MANIFEST_NAME)
    if manifest.image is None or manifest.preprocess is None:
        raise ConfigError(
            "The element shows models that take images. Received:"
            f" {name}, which takes other inputs. Run it with load():"
            " docs/embedding.md#any-other-keras-model."
        )
    base = _base_url(site, base_url)
    models = f"{base}models/{name}/"

    if latest:
        code = Code(address=f"{base}embed.js", integrity=None)
        return render(manifest, code, Source(address=models + LATEST_NAME))

    code = _pinned_code(site, base)
    if key is not None:
        _require_signed(folder, name, key)
        source = Source(address=models + LATEST_NAME, key=_one_line(key))
        return render(manifest, code, source)

    source = Source(
        address=f"{models}{version}/{MANIFEST_NAME}",
        integrity=_integrity((folder / MANIFEST_NAME).read_bytes()),
    )
    return render(manifest, code, source)


def render(manifest: Manifest, code: Code, source: Source) -> str:
    """Return the script's tag and the element, with what readers see without them."""
    name, thing = _described(manifest)
    script_pin = ""
    if code.integrity is not None:
        script_pin = f'\n  integrity="{code.integrity}" crossorigin="anonymous"'
    model_pin = ""
    if source.integrity is not None:
        model_pin = f'\n  integrity="{source.integrity}"'
    if source.key is not None:
        model_pin = f'\n  key="{source.key}"'
    return (
        f'<script type="module" src="{code.address}"{script_pin}></script>\n'
        f'<sketch-classifier src="{source.address}"{model_pin} alt="{name}"\n'
        f'  style="{_STYLE}">\n'
        f"  The {thing} belongs here. If it does not appear, it could not be loaded, or"
        " JavaScript is off.\n"
        "</sketch-classifier>"
    )


def _described(manifest: Manifest) -> tuple[str, str]:
    """Return the element's name for screen readers, and a noun for what it is."""
    if takes_photos(manifest):
        return "Image classifier", "image classifier"
    noun = (manifest.noun or "drawing").translate(_WITHOUT_MARKUP)
    if noun == "drawing":
        return "Drawing pad", "drawing pad"
    article = "an" if noun[:1] in "aeiouAEIOU" else "a"
    return f"Draw {article} {noun}", "drawing pad"


def _base_url(site: Path, base_url: str | None) -> str:
    """Return the address of the site, with a slash at its end."""
    if base_url is not None:
        return normalized_base_url(base_url)
    try:
        recorded = read_index(site / "models").base_url
    except ValueError as error:
        raise PublishError(
            f"The site's list of models must be readable. Received: {site / 'models'}"
            f" ({error}). Publish again: `pipeline build`."
        ) from error
    if recorded is None:
        raise ConfigError(
            "The lines name the address where the site is hosted. Received: a site that"
            " does not know its address. Pass it: --base-url https://example.org/site/"
        )
    return recorded


def _pinned_code(site: Path, base: str) -> Code:
    """Return the address of this site's element, which never changes its content, and
    its hash.
    """
    try:
        entry = read_json(site / PINS)["embed.js"]
        return Code(address=base + str(entry["path"]), integrity=entry["integrity"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PublishError(
            "The site must have a list of its modules' hashes. Received:"
            f" {site / PINS}, which cannot be read ({error}). Publish again: `pipeline"
            " build`."
        ) from error


def _require_signed(folder: Path, name: str, key: "ec.EllipticCurvePublicKey") -> None:
    """Raise ConfigError unless the key's owner has signed the version in a folder."""
    signature = find_signature(signature_path(folder))
    if signature is None or not signature.is_by(key):
        raise ConfigError(
            f"With --key, a page shows only what the key's owner has signed. Received:"
            f" {name} {folder.name}, which this key has not signed. Sign it first:"
            f" `pipeline sign {name} --key FILE`, with the private key."
        )


def _one_line(key: "ec.EllipticCurvePublicKey") -> str:
    # imported here because it needs the cryptography package, which takes 0.1 s
    from pipeline.signing.keys import one_line

    return one_line(key)


def _integrity(content: bytes) -> str:
    """Return the hash of a file as the attribute `integrity` holds it."""
    digest = hashlib.sha384(content).digest()
    return f"sha384-{base64.b64encode(digest).decode()}"
