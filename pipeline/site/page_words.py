"""The page's title and description, for readers without JavaScript, search engines and
previews of links.

web/src/page/words.ts says the same for the model that a visitor chooses;
tests/fixtures/page_words.json holds both to it. In index.html the attribute
`data-words` marks the places, and two comments that of the tags for previews.
"""

import re
from decimal import ROUND_HALF_UP, Decimal
from urllib.parse import quote

from pipeline.system.outside import escape_html
from pipeline.versions.manifest import CARD_NAME, Manifest
from pipeline.versions.ownership import PAGE_MARK

# Matches bytes: whatever else its owner wrote into the page stays unchanged, even if it
# is not UTF-8.
_ELEMENT = re.compile(
    rb'(<(title|h1|p)\b[^>]*\bdata-words="(\w+)"[^>]*>)[^<]*(?=</\2>)'
)
_META = re.compile(rb'(<meta\b[^>]*\bdata-words="(\w+)"[^>]*\bcontent=")[^"]*')
# A part that explains a linear model: it is hidden for others.
_PART = re.compile(
    rb'(<section\b[^>]*\bdata-needs="\w+"\s+aria-labelledby="[^>]*?)(?: hidden)?>'
)
_PICTURE = re.compile(
    rb'(<img\b[^>]*\bdata-words="weights"[^>]*?\bsrc=")[^"]*"(?: hidden)?'
)
_CARD = re.compile(rf'({PAGE_MARK} href=")[^"]*'.encode())
# The script that fetches refused files again. With the version in its address it is
# none that the browser could have kept from a host that somebody else controlled.
_RECOVER = re.compile(rb'(\bsrc="\./assets/recover-[\w-]{8}\.js)[^"]*')
_PREVIEW = re.compile(rb"(<!-- preview -->).*?(<!-- /preview -->)", re.DOTALL)
_PICTURE_OF_DIGITS = "preview.png"  # beside index.html: the page, while it reads one


def noun_of(manifest: Manifest) -> str:
    """The noun for what visitors draw."""
    return manifest.noun or "drawing"


def takes_photos(manifest: Manifest) -> bool:
    """True if the model reads an image's pixels rather than the ink on it."""
    steps = manifest.preprocess.drawing if manifest.preprocess else ()
    return bool(steps) and steps[0]["step"] != "ink"


def _numbers_of(manifest: Manifest) -> int:
    """A linear model's weights, one for each pixel and class, and biases, one for each
    class; 0 for another model.
    """
    image = manifest.image if manifest.linear else None
    return (
        (image.height * image.width + 1) * len(manifest.labels)
        if image and image.channels == 1
        else 0
    )


def page_words(manifest: Manifest) -> dict[str, str]:
    """The page's title, heading and description, and the promise below the heading, in
    British spelling.

    An owner's own title is both of the first. Where the heading does not say what to
    do, the promise does.
    """
    numbers, counted = _numbers_of(manifest), False
    if takes_photos(manifest):
        prompt, how, see = "Choose a picture", "", "See what a model makes of it."
    else:
        noun = noun_of(manifest)
        prompt = (
            "Draw"
            if noun == "drawing"
            else f"Draw {'an' if noun[0] in 'aeiouAEIOU' else 'a'} {noun}"
        )
        how, see = (
            " with a finger, pen or mouse",
            "See how a model reads it while you draw.",
        )
        if numbers:
            see = f"See how {numbers:,} numbers read it."
            counted = noun == "digit" and not manifest.title
    heading = (
        f"{numbers:,} numbers read your handwriting"
        if counted
        else manifest.title or prompt
    )
    promise = (
        "The answer comes while you draw. Then take it apart, stop by stop."
        if counted
        else see
    )
    private = "Nothing leaves this page."
    return {
        "title": manifest.title or f"{prompt}. {see}",
        "heading": heading,
        "description": f"{prompt}{how}. {see} {private}",
        "promise": (
            f"{promise} {private}"
            if heading == prompt
            else f"{prompt}. {promise} {private}"
        ),
        "accuracy": _accuracy(manifest),
    }


def _accuracy(manifest: Manifest) -> str:
    """The accuracy, with that on people's drawings or else its interval; "" where it
    was not measured.
    """
    if not (metrics := manifest.metrics):
        return ""
    drawn = next(
        (gate.value for gate in manifest.gates or () if gate.name == "drawings"), None
    )
    values = [
        Decimal(100 * value)
        for value in (
            metrics.test_accuracy,
            *metrics.test_accuracy_interval,
            drawn or 0,
        )
    ]
    # As JavaScript's toFixed rounds.
    share, low, high, of_drawings = (
        value.quantize(Decimal("0.1"), ROUND_HALF_UP) for value in values
    )
    right = f"Right on {share}\u00a0% of {metrics.test_images:,} test images"
    if drawn is not None:
        return f"{right}, and on {of_drawings}\u00a0% of people’s drawings."
    return f"{right}. Its true accuracy is probably {low} to {high}\u00a0%."


def name_page(page: bytes, manifest: Manifest, base_url: str | None = None) -> bytes:
    """An index.html with its words about this model; one that has no places for them
    stays as it is.
    """
    words = page_words(manifest)
    texts = {key.encode(): escape_html(text).encode() for key, text in words.items()}
    page = _ELEMENT.sub(lambda place: place[1] + texts.get(place[3], b""), page)
    page = _META.sub(lambda place: place[1] + texts.get(place[2], b""), page)
    page = _PART.sub(
        lambda place: place[1] + (b">" if _numbers_of(manifest) else b" hidden>"), page
    )
    folder = quote(f"models/{manifest.name}/{manifest.version}/").encode()
    page = _CARD.sub(lambda place: place[1] + folder + CARD_NAME.encode(), page)
    picture = manifest.files.get("weights_picture")
    source = folder + picture.path.encode() + b'"' if picture else b'" hidden'
    page = _PICTURE.sub(lambda place: place[1] + source, page)
    address = f"?{manifest.version}".encode()
    page = _RECOVER.sub(lambda place: place[1] + address, page)
    tags = _preview(manifest, words, base_url or "").encode()
    return _PREVIEW.sub(lambda place: place[1] + tags + place[2], page)


def _preview(manifest: Manifest, words: dict[str, str], base_url: str) -> str:
    """The tags from which a chat or a social network makes the preview of a link.

    They ask for absolute addresses. Where nobody said where the site is hosted, the
    picture's is relative: some find it all the same, and the others show none.
    """
    tags = {
        "og:type": "website",
        "og:title": words["title"],
        "og:description": words["description"],
    }
    if base_url:
        tags["og:url"] = base_url
    if noun_of(manifest) == "digit" and not takes_photos(manifest):
        tags["og:image"] = f"{base_url}{_PICTURE_OF_DIGITS}"
        tags["og:image:alt"] = "A drawn digit, and a bar for each answer of the model"
    lines = [
        f'<meta property="{key}" content="{escape_html(text)}" />'
        for key, text in tags.items()
    ]
    card = "summary_large_image" if "og:image" in tags else "summary"
    return "\n".join(["", *lines, f'<meta name="twitter:card" content="{card}" />', ""])
