"""Where this user keeps what can be made again, and what is of this machine alone."""

import os
from pathlib import Path

from pipeline.errors import ConfigError


def default_cache_dir() -> Path:
    """PIPELINE_CACHE, else `keras-web-pipeline` in the user's cache folder (XDG_CACHE_HOME, ~/.cache)."""
    try:
        if chosen := os.environ.get("PIPELINE_CACHE"):
            return Path(chosen).expanduser().absolute()
        xdg = os.environ.get("XDG_CACHE_HOME", "")
        # The XDG specification says that a relative path must be ignored.
        root = Path(xdg) if Path(xdg).is_absolute() else Path.home() / ".cache"
    except RuntimeError as error:  # a user whom the system does not list, as in some containers
        raise ConfigError(
            f"The cache needs a folder. Received: {error} Set PIPELINE_CACHE to the path of one."
        ) from error
    return root / "keras-web-pipeline"
