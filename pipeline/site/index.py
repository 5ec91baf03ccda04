"""`models/index.json`: which models a site shows, with which of them its page opens, and where it is hosted."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.site.base_url import normalized_base_url
from pipeline.system.json_records import dump_json
from pipeline.system.outside import read_json
from pipeline.system.progress import Progress
from pipeline.versions.manifest import LATEST_NAME

INDEX_NAME = "index.json"


@dataclass(frozen=True, kw_only=True)
class Index:
    """The content of index.json."""

    default: str | None = None  # the model with which the page opens; None if there is no index
    names: tuple[str, ...] = ()  # of all models
    base_url: str | None = None  # where the owner says that the site is hosted

    def rendered(self, models: Path) -> tuple[Path, bytes]:
        """The file and its content, the default model first."""
        names = sorted(self.names, key=lambda name: (name != self.default, name))
        rows = [{"name": name, "path": f"{name}/{LATEST_NAME}"} for name in names]
        address = {} if self.base_url is None else {"base_url": self.base_url}
        return models / INDEX_NAME, dump_json({"default": self.default, **address, "models": rows}).encode()


def read_index(models: Path) -> Index:
    """The index of a site; OSError or ValueError if it is damaged."""
    path = models / INDEX_NAME
    if not path.exists():
        return Index()
    if not path.is_file():
        raise ValueError("it is not a file")
    index = read_json(path)
    try:
        base_url = index.get("base_url")
        return Index(
            default=str(index["default"]),
            names=tuple(str(row["name"]) for row in index["models"]),
            base_url=None if base_url is None else normalized_base_url(str(base_url)),
        )
    except (TypeError, KeyError, AttributeError, ConfigError) as error:
        raise ValueError(f"it is not an index of models ({error})") from error


def former_index(models: Path, progress: Progress) -> Index:
    """The index that is about to be rewritten; an empty one, and a message, if it is damaged.

    OSError if the disk does not give it, which is no reason to forget what it says.
    """
    try:
        return read_index(models)
    except ValueError as error:
        progress(
            f"{models / INDEX_NAME} was damaged ({error}) and will be rewritten; the default is the model published "
            "first. If it was another, or the site had a --base-url, give it again."
        )
        return Index()


def published_names(models: Path) -> list[str]:
    """The models that a site shows; not what a killed run left, whose name begins with a dot."""
    return sorted(path.parent.name for path in models.glob(f"[a-z0-9]*/{LATEST_NAME}"))
