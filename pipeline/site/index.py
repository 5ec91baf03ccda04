"""`models/index.json`:

which models a site shows, with which of them its page opens, and where it is hosted.
"""

import dataclasses
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipeline.errors import ConfigError
from pipeline.system.json_records import dump_json, utc_now
from pipeline.system.outside import read_json
from pipeline.system.progress import Progress
from pipeline.versions.manifest import LATEST_NAME

INDEX_NAME = "index.json"
MOST_DAYS = 3650
# No quotation marks, angle brackets or spaces: it is used in attributes, and in code
# that people copy.
_CHARACTERS = re.compile(r"[\w.~:/\[\]!$&()*+,;=%-]+")


@dataclass(frozen=True, kw_only=True)
class Index:
    """The content of index.json."""

    # the model with which the page opens; None if there is no index
    default: str | None = None
    names: tuple[str, ...] = ()  # of all models
    base_url: str | None = None  # where the owner says that the site is hosted
    expires_days: int = 0  # for which a pointer holds once it is written; 0 is for ever
    # whether the owner chose the default; otherwise it is the model that came last
    chosen: bool = False
    # by name, of models that have one
    titles: dict[str, str] = field(default_factory=dict)

    def rendered(self, models: Path) -> tuple[Path, bytes]:
        """The file and its content, the default model first."""
        names = sorted(self.names, key=lambda name: (name != self.default, name))
        titles = {name: {"title": title} for name, title in self.titles.items()}
        rows = [
            {"name": name, "path": f"{name}/{LATEST_NAME}", **titles.get(name, {})}
            for name in names
        ]
        said = {
            "base_url": self.base_url,
            "expires_days": self.expires_days,
            "chosen": self.chosen,
        }
        given = {key: value for key, value in said.items() if value}
        return (
            models / INDEX_NAME,
            dump_json({"default": self.default, **given, "models": rows}).encode(),
        )

    def of(self, names: list[str], default: str) -> "Index":
        """The same of these models; if it opens with none of them, then with
        `default`.
        """
        opens = self.default if self.default in names else default
        titles = {name: title for name, title in self.titles.items() if name in names}
        chosen = self.chosen and opens == self.default
        return dataclasses.replace(
            self, default=opens, names=tuple(names), titles=titles, chosen=chosen
        )

    @property
    def expires(self) -> str | None:
        """The time until which a pointer holds that is written now."""
        return utc_now(days=self.expires_days) if self.expires_days else None


def read_index(models: Path) -> Index:
    """The index of a site; OSError or ValueError if it is damaged."""
    path = models / INDEX_NAME
    if not path.exists():
        return Index()
    if not path.is_file():
        raise ValueError("it is not a file")
    index = read_json(path)
    try:
        return Index(
            default=str(index["default"]),
            names=tuple(str(row["name"]) for row in index["models"]),
            chosen=bool(index.get("chosen")),
            titles={
                str(row["name"]): str(row["title"])
                for row in index["models"]
                if "title" in row
            },
            **index_changes(index.get("base_url"), index.get("expires_days")),
        )
    except (TypeError, KeyError, AttributeError, ConfigError) as error:
        raise ValueError(f"it is not an index of models ({error})") from error


def index_changes(base_url: str | None, expires: int | None) -> dict[str, Any]:
    """Return the fields of an index that its owner gives; None keeps one.

    ConfigError if they cannot be used.
    """
    if expires is not None and not (type(expires) is int and 0 <= expires <= MOST_DAYS):
        rule = f"--expires must be a whole number of days, 0 to {MOST_DAYS}"
        raise ConfigError(
            f"{rule}. Received: {expires!r:.40}. Use one like 30; 0 is never."
        )
    address = (
        {} if base_url is None else {"base_url": normalized_base_url(str(base_url))}
    )
    return address if expires is None else {**address, "expires_days": expires}


def former_index(models: Path, progress: Progress) -> Index:
    """The index that is about to be rewritten; an empty one, and a message, if it is
    damaged.

    OSError if the disk does not give it, which is no reason to forget what it says.
    """
    try:
        return read_index(models)
    except ValueError as error:
        progress(
            f"{models / INDEX_NAME} was damaged ({error}) and will be rewritten; the"
            " default is the model published first. If it was another, or the site had"
            " a --base-url or --expires, give it again."
        )
        return Index()


def published_names(models: Path) -> list[str]:
    """The models that a site shows; not what a killed run left, whose name begins with
    a dot.
    """
    return sorted(path.parent.name for path in models.glob(f"[a-z0-9]*/{LATEST_NAME}"))


def normalized_base_url(text: str) -> str:
    """The address with exactly one slash at its end.

    Raises ConfigError if it is not the address of a folder.
    """
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises a ValueError if it is no port
        plain = (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and _CHARACTERS.fullmatch(text) is not None
        )
    except ValueError:
        plain = False
    if not plain or parts.path.endswith(".html"):
        received = (
            "one that may hold a password, not shown here"
            if set(text) & {*"@?#"}
            else repr(text)
        )
        raise ConfigError(
            "--base-url must be the address of the folder where the site will be"
            " hosted: http or https, without user, query or fragment. Received:"
            f" {received}. Use one like https://example.org/site/."
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/"
