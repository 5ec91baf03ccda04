"""What a language of the model card is.

The card's sources have its texts in English. As with gettext, the English text is the key to what another language says
instead; places for values have names in both, as `str.format` knows them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pipeline.versions.card import markdown
from pipeline.versions.manifest import CARD_NAME, card_name

_ENGLISH = "en"


@dataclass(frozen=True, kw_only=True)
class Language:
    """A language that the card speaks; the sources call the one at hand `say`."""

    code: str  # as in the page's address, such as "de"
    link: str  # to the card in this language: "Auf Deutsch"
    texts: Mapping[str, str] = field(default_factory=dict)  # English → this language
    marks: Mapping[str, str] = field(default_factory=dict)  # in numbers, character by character
    noun: Callable[[str], str] = str  # what a manifest says that one image shows, as the object of a sentence

    @property
    def path(self) -> str:
        """The name of the card's file."""
        return CARD_NAME if self.code == _ENGLISH else card_name(self.code)

    def __call__(self, text: str, **values: str) -> str:
        """A text of the sources in this language, with its values, which stay as they are."""
        return self.texts.get(text, text).format(**values)

    def all(self, *texts: str) -> tuple[str, ...]:
        """Several texts, such as the columns of a table."""
        return tuple(self(text) for text in texts)

    def figures(self, number: str) -> str:
        """A number that is written as in English."""
        return "".join(self.marks.get(character, character) for character in number)

    def percent(self, share: float | None) -> str:
        """See `markdown.percent`."""
        return self.figures(markdown.percent(share))

    def number(self, value: float | None) -> str:
        """See `markdown.number`."""
        return self.figures(markdown.number(value))


ENGLISH = Language(code=_ENGLISH, link="In English")
