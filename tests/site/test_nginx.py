"""docs/nginx.conf says what the table of headers says.

`python -m bench serving` asks nginx itself.
"""

import re
from pathlib import Path

import pytest

from pipeline.site.headers import CONTENT_TYPES, headers_for

CONFIG = (Path(__file__).parents[2] / "docs" / "nginx.conf").read_text()
VERSION = "models/digits/0123456789ab"


def mapped(variable: str, path: str) -> str:
    """The value of a variable of a `map` block for a path or method:

    of the first pattern that matches.
    """
    block = re.search(
        rf"map \$(?:uri|request_method) \${variable} \{{(.*?)\n\}}", CONFIG, re.DOTALL
    )
    assert block is not None
    rules: list[tuple[str, str, str]] = re.findall(
        r'^ +(~?)(\S+) +"(.*?)";', block[1], re.MULTILINE
    )
    assert len(rules) > 1
    found = [
        value
        for tilde, rule, value in rules
        if re.search(rule if tilde else f"^{rule}$", path)
    ]
    return [*found, *(value for _, rule, value in rules if rule == "default")][0]


PATHS = f"""
index.html embed.html embed.js load.js sw.js assets/index-DbZfSQ6a.js assets/parts/style.css
assets/tfjs-wasm-77ebb28a6d34f371.wasm models/index.json models/digits/latest.json models/digits/history.json
{VERSION}/manifest.json {VERSION}/layers-uint16/model.json {VERSION}/layers-uint16/group1-shard1of1.bin
"""


@pytest.mark.parametrize("path", PATHS.split())
def test_nginx_sends_the_headers_of_the_table(path: str) -> None:
    always = dict(re.findall(r'add_header (\S+) "(.*)" always;', CONFIG))
    varying = {
        header: mapped(variable, f"/{path}")
        for header, variable in re.findall(r"add_header (\S+) \$(\w+);", CONFIG)
    }
    assert headers_for(f"/{path}") == always | {
        header: value for header, value in varying.items() if value
    }


def test_nginx_lets_pages_send_a_password_and_knows_the_types_as_the_preview_does() -> (
    None
):
    assert mapped("site_allowed", "OPTIONS") == "authorization"
    assert re.search(r"if \(\$request_method = OPTIONS\) \{.*\n +return 204;", CONFIG)
    types = re.search(r"types \{(.*?)\}", CONFIG, re.DOTALL)
    assert types is not None
    found = {
        f".{end}": name
        for name, ends in re.findall(r"(\S+) +([\w ]+);", types[1])
        for end in ends.split()
    }
    assert (
        found.items()
        <= {
            end: content_type.split(";")[0]
            for end, content_type in CONTENT_TYPES.items()
        }.items()
    )
    assert {".html", ".js", ".css", ".json", ".png", ".svg", ".md", ".wasm"} <= set(
        found
    )
