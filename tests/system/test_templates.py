"""Templates: an unknown name is an error, and only what is marked is not escaped."""

import pytest
from jinja2 import UndefinedError

from pipeline.system.templates import _environment, render


def test_a_name_that_is_not_given_is_an_error() -> None:
    with pytest.raises(UndefinedError, match=r"'.*' is undefined"):
        render("quality/report.html.j2")


@pytest.mark.parametrize(("is_html", "template", "text"), [
    (True, "{{ value }}", "&lt;b&gt;&#34;\\u001b`"),
    (True, "{% macro m(v) %}{{ v }}{% endmacro %}{{ m(value) }}", "&lt;b&gt;&#34;\\u001b`"),
    (False, "{{ value }}, {{ [value]|join }}", '\\<b\\>"\x1b\\`, \\<b\\>"\x1b\\`'),
    (False, "`{{ value|code }}` {{ value|json }}", '`<b>"\x1b\'` "\\<b\\>\\\\"\\\\u001b\\`"'),
    (False, "{{ value|yaml }}", '"<b>\\"\\u001b`"'),
])  # fmt: skip
def test_values_are_escaped_once(is_html: bool, template: str, text: str) -> None:
    assert (
        _environment(is_html=is_html).from_string(template).render(value='<b>"\x1b`')
        == text
    )
