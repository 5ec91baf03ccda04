"""Sign what is published or rolled back to, or keep a signed model signed."""

from pathlib import Path

from pipeline.errors import PublishError
from pipeline.signing.bundle import SUFFIX, find_signature, signature_path
from pipeline.signing.signer import Signer, digests_of
from pipeline.system.files import write_files_atomically
from pipeline.system.progress import Progress
from pipeline.versions import store
from pipeline.versions.store import Version


def sign_published(
    signer: Signer | None, source: Version, published: Version, out: Path, *, expires: str | None, progress: Progress
) -> None:
    """Sign a version that is about to become live, before any pointer names it.

    `source` is where it was copied from, in the store `out` or on the site. Without a key, a signature that is beside
    that, made on another machine perhaps, is published with it.

    Raises PublishError if there is no key although the live version is signed, or another key than the one that signed
    it: readers who know that key would refuse this one. The caller holds the locks of both, and translates errors.
    """
    models = published.folder.parent.parent
    live = store.latest(models, published.name)
    if signer is None:
        _keep_signed(source, published, live)
        signed = find_signature(signature_path(published.folder))
        if signed and expires and signed.expires:
            progress(f"{published.name} {published.id} is signed until {signed.expires}: `--key FILE` renews that.")
        return
    require_same_key(signer, models, published.name)
    signer.sign([source, published], [out, models], expires)


def require_same_key(signer: Signer, models: Path, name: str) -> None:
    """Raise PublishError if the live version of a model was signed with another key."""
    live = store.latest(models, name)
    if live and signature_path(former := models / name / live).is_file() and not signer.has_signed(former):
        raise PublishError(
            "A signed model must keep its key, or pages that name it show their fallback. Received: another key than "
            f"the one that signed {name} {live}, which is live. Nothing was changed on the page. Pass that key. To "
            f"change it for good, sign what is live first: `pipeline sign {name} --key FILE`."
        )


def _keep_signed(source: Version, published: Version, live: str | None) -> None:
    folder = published.folder.parent
    known = filter(None, map(find_signature, folder.glob(f"*{SUFFIX}")))
    highest = max((found.counter or 0 for found in known), default=0)
    target = signature_path(published.folder)
    for path in (target, signature_path(source.folder)):
        found = find_signature(path)
        if found and found.digests == digests_of(published) and (found.counter or 0) >= highest:
            write_files_atomically([(target, path.read_bytes())])
            return
    if live and signature_path(folder / live).is_file():
        raise PublishError(
            "A signed model must stay signed, with a counter above its earlier ones, or pages that name its key refuse "
            f"it. Received: {published.name} {published.id} without such a signature. Nothing was changed on the page. "
            "Add `--key FILE` with the private key. To publish without signatures from now on, delete "
            f"{signature_path(folder / live)}."
        )
