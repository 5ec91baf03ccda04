"""The address at which a site will be hosted, which its owner may say: the page's “Use it” names it in code to copy."""

import re
from urllib.parse import urlsplit

from pipeline.errors import ConfigError

# No quotation marks, angle brackets or spaces: it stands in attributes, and in code that people copy.
_CHARACTERS = re.compile(r"[\w.~:/\[\]!$&()*+,;=%-]+")


def normalized_base_url(text: str) -> str:
    """The address with exactly one slash at its end. Raises ConfigError if it is not the address of a folder."""
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises a ValueError if it is no port
        plain = parts.scheme in ("http", "https") and bool(parts.hostname) and _CHARACTERS.fullmatch(text) is not None
    except ValueError:
        plain = False
    if not plain or parts.path.endswith(".html"):
        raise ConfigError(
            "--base-url must be the address of the folder where the site will be hosted: http or https, without user, "
            f"query or fragment. Received: {text!r}. Use one like https://example.org/site/."
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/"
