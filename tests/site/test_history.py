"""Which versions a history holds, and where a rollback leads."""

import pytest

from pipeline.site.history import Course, Release, replay


def course(*steps: str, live: str | None = None, released: dict[str, int] | None = None) -> Course:
    """What a history comes to: "a" publishes version a, "b>a" is a rollback from b to a."""
    history = []
    for place, step in enumerate(steps, 1):
        left, _, version = step.rpartition(">")
        history.append(Release(version=version, published_at=f"time {place}", rolled_back_from=left or None))
    return replay(history, history[-1].version if live is None else live, released or {})


@pytest.mark.parametrize(
    ("steps", "versions", "held"),
    [
        ("a", "a", ""),
        ("a b c", "abc", ""),
        ("a b b>a", "a", "b"),
        ("a b c c>a", "a", "bc"),  # what lies between is undone as well
        ("a b c c>b b>a", "a", "bc"),
        ("a b c c>b d", "abd", "c"),  # a new version goes live, and what was held stays held
        ("a b c c>b d d>b", "ab", "cd"),
        ("a b b>a b", "ab", ""),  # published on demand
        ("a b c c>a a>c", "ac", "b"),  # redo
        ("a b c c>a a>c c>a", "a", "bc"),
        ("a b b>a a>b b>a a>b", "ab", ""),
        ("a b b>a c c>b", "ab", "c"),  # back to what had been rolled back before: the owner's word, and no redo
        ("a a>z", "z", "a"),  # to a version of the store that was never live
        ("a b b>z", "az", "b"),
        ("b>a", "a", "b"),  # the history before was discarded
        ("a b a b b>a", "aba", "b"),
        ("b a b c c>a", "ba", "bc"),
    ],
)
def test_a_rollback_holds_what_it_undid(steps: str, versions: str, held: str) -> None:
    found = course(*steps.split())
    assert ("".join(found.versions), "".join(sorted(found.held))) == (versions, held)
    assert found.versions[-1] not in found.held


def test_a_hold_says_since_when() -> None:
    held = course("a", "b", "c", "c>b", "d", "b>a").held
    assert {version: hold.since for version, hold in held.items()} == {"b": "time 6", "c": "time 4", "d": "time 6"}


@pytest.mark.parametrize(("count", "held"), [(2, "b"), (3, ""), (4, "")])
def test_a_release_ends_the_holds_from_before_it(count: int, held: str) -> None:
    assert "".join(course("a", "b", "b>a", released={"b": count}).held) == held
    assert "".join(course("a", "b", "b>a", "b", "b>a", released={"b": count}).held) == "b"  # and none from after it


def test_a_version_that_was_only_announced_neither_holds_nor_ends_a_hold() -> None:
    assert course("a", "b", "b>a", live="b") == course("a", "b")
    assert course("a", "b", "b>a", "b", live="a") == course("a", "b", "b>a")
    assert course("a", "b", "b>a", "c", live="a") == course("a", "b", "b>a")
    assert course("a", live="x").versions == ("x",)


def test_the_next_rollback_leads_to_nothing_that_is_held() -> None:
    assert course("a", "b", "c").before == ["a", "b"]
    assert course("b", "a", "b", "c", "c>a").before == []
    assert course("b", "a", "b", "c", "c>a", released={"b": 5}).before == ["b"]
    assert course("a", "a>z").before == []
