"""What the page calls itself, for readers without JavaScript, search engines and previews of links.

web/src/page/words.ts says the same for the model that a visitor chooses; tests/fixtures/page_words.json holds both to
it. In index.html the attribute `data-words` marks the places.
"""

import html
import re

from pipeline.versions.manifest import Manifest

# Matches bytes, as in noscript.py.
_ELEMENT = re.compile(rb'(<(title|h1|p)\b[^>]*\bdata-words="(\w+)"[^>]*>)[^<]*(?=</\2>)')
_META = re.compile(rb'(<meta\b[^>]*\bdata-words="(\w+)"[^>]*\bcontent=")[^"]*')


def noun_of(manifest: Manifest) -> str:
    """What is drawn, in one word. Versions of earlier releases do not say it."""
    return manifest.noun or ("digit" if manifest.data and manifest.data.name == "mnist" else "drawing")


def takes_photos(manifest: Manifest) -> bool:
    """Whether the model reads an image's pixels, rather than the ink on it."""
    steps = manifest.preprocess.drawing if manifest.preprocess else ()
    return bool(steps) and steps[0]["step"] != "ink"


def page_words(manifest: Manifest) -> dict[str, str]:
    """The page's title, its description in one line, and the promise below the title, in British spelling."""
    if takes_photos(manifest):
        promise = "A model says what is in your picture. Nothing leaves this page."
        title = manifest.title or "Choose a picture, and see what the model makes of it"
        return {"title": title, "description": promise, "promise": promise}
    noun = noun_of(manifest)
    draw = "Draw" if noun == "drawing" else f"Draw {'an' if noun[0] in 'aeiouAEIOU' else 'a'} {noun}"
    explained = manifest.linear and manifest.image is not None and manifest.image.channels == 1
    working = ", and shows its working" if explained else ""
    promise = f"A small model answers as you draw{working}. Nothing leaves this page."
    return {
        "title": manifest.title or f"{draw}, and see {'why' if explained else 'the answer'}",
        "description": f"{draw} with a finger, pen or mouse. {promise}",
        "promise": promise,
    }


def name_page(page: bytes, manifest: Manifest) -> bytes:
    """The page with its words about this model; one of an earlier release, which has no places for them, stays."""
    words = {key.encode(): html.escape(text).encode() for key, text in page_words(manifest).items()}
    page = _ELEMENT.sub(lambda place: place[1] + words.get(place[3], b""), page)
    return _META.sub(lambda place: place[1] + words.get(place[2], b""), page)
