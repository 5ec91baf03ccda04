"""Back to a version that was published before."""

import pytest

from pipeline.errors import PublishError
from pipeline.site.memory import MEMORY_NAME
from pipeline.versions.ownership import PAGE_MARK
from tests.support.versions import Place, check_site, make_version, snapshot


def test_rollbacks_go_back_one_by_one_and_forget_what_they_took_back(
    place: Place,
) -> None:
    first = place.publish(b"w1", created="2026-01-01T00:00:00Z").version
    with pytest.raises(
        PublishError,
        match="There is no earlier undamaged version of digits to go back to",
    ):
        place.rollback()
    second, third = (
        place.publish(b"w%d" % n, created=f"2026-01-0{n}T00:00:00Z").version
        for n in (2, 3)
    )
    done = place.rollback()
    assert (done.version, done.previous_version) == (second, first)
    assert check_site(place.site) == {"digits": second}
    fourth = place.publish(b"w4").version
    # not the third: it was taken back for a reason
    assert place.rollback().version == second
    assert place.rollback().version == first
    with pytest.raises(
        PublishError,
        match=f"digits to go back to; taken back by a rollback: .*{fourth}.*Choose",
    ):
        place.rollback()
    assert place.rollback(version=fourth).version == fourth
    lived = [entry["version"] for entry in place.json("models/digits/history.json")]
    assert lived == [first, second, third, second, fourth, second, first, fourth]
    assert place.rollback().version == first


@pytest.mark.parametrize("then", ["publish", "rollback"])
def test_a_version_that_was_announced_but_never_live_is_forgotten(
    place: Place, then: str
) -> None:
    first, second = (place.publish(b"w%d" % n).version for n in (1, 2))
    pointer = place.site / "models" / "digits" / "latest.json"
    memory = place.out / "digits" / MEMORY_NAME
    before = {path: path.read_bytes() for path in (pointer, memory)}
    third = place.publish(b"w3").version
    for (
        path,
        content,
    ) in before.items():  # as if that run had been killed just before it
        path.write_bytes(content)
    assert check_site(place.site) == {"digits": second}
    if then == "publish":
        place.publish(b"w4")
        assert place.rollback().version == second
    assert place.rollback().version == first
    assert third not in [
        entry["version"] for entry in place.json("models/digits/history.json")
    ]


def test_a_version_that_was_announced_first_of_all_is_forgotten(place: Place) -> None:
    place.publish(b"w1")
    (place.site / "models" / "digits" / "latest.json").unlink()
    (place.out / "digits" / MEMORY_NAME).unlink()
    place.publish(b"w2")
    with pytest.raises(PublishError, match="no earlier undamaged version of digits"):
        place.rollback()


def test_a_rollback_of_the_default_model_changes_the_words_and_nothing_else_of_the_page(
    place: Place,
) -> None:
    place.publish(b"w1", name="other")
    place.publish(b"w2", name="other")
    first, second = place.publish(b"w1").version, place.publish(b"w2").version
    page = (place.site / "index.html").read_text()
    place.rollback("other")
    assert (place.site / "index.html").read_text() == page
    place.rollback()
    assert (place.site / "index.html").read_text() == page.replace(second, first)
    assert first in place.card()


def test_a_rollback_keeps_a_page_that_has_no_place_for_the_words(place: Place) -> None:
    first, second = place.publish(b"w1").version, place.publish(b"w2").version
    page = place.site / "index.html"
    page.write_text(page.read_text().replace(PAGE_MARK, ""))
    before = page.read_bytes()
    assert place.rollback().version == first
    assert page.read_bytes() == before
    page.unlink()
    assert place.rollback(version=second).version == second


def test_a_rollback_keeps_what_its_owner_wrote_into_the_page(place: Place) -> None:
    place.publish(b"w1")
    place.publish(b"w2")
    page = place.site / "index.html"
    page.write_bytes(page.read_bytes() + b"<p>caf\xe9")  # Latin-1
    version = place.rollback().version
    assert page.read_bytes().endswith(b"<p>caf\xe9")
    assert version in page.read_text("latin-1")


def test_a_rollback_to_what_is_live_changes_nothing_and_what_the_site_lacks_comes_from_the_store(
    place: Place,
) -> None:
    older, version = make_version(place.out, b"w0").name, place.publish().version
    before = snapshot(place.site)
    assert place.rollback(version=version).version == version
    assert snapshot(place.site) == before
    assert place.rollback(version=older).version == older
    assert check_site(place.site) == {"digits": older}


def test_a_rollback_to_an_unknown_or_damaged_version_names_those_there_are(
    place: Place,
) -> None:
    first, second = (
        place.publish(b"w%d" % n, created=f"2026-01-0{n}T00:00:00Z").version
        for n in (1, 2)
    )
    before = snapshot(place.site)
    with pytest.raises(
        PublishError,
        match=f"Received: 'abc'. Choose one of {', '.join(sorted([first, second]))}",
    ):
        place.rollback(version="abc")
    assert snapshot(place.site) == before
    for root in (place.out, place.site / "models"):
        (root / "digits" / first / "model.keras").unlink()
    with pytest.raises(
        PublishError,
        match=f"Received: '{first}'; damaged: {first}. Choose one of {second}: ",
    ):
        place.rollback(version=first)
    with pytest.raises(
        PublishError,
        match=f"no earlier undamaged .* to go back to; damaged: {first}. Publish a new",
    ):
        place.rollback()


def test_a_damaged_history_is_named(place: Place) -> None:
    place.publish()
    (place.out / "digits" / MEMORY_NAME).unlink()  # which would restore what is damaged
    for content in ("[1]", "{}", '""', "["):
        (place.site / "models" / "digits" / "history.json").write_text(content)
        with pytest.raises(PublishError, match=r"history\.json is damaged"):
            place.rollback()
