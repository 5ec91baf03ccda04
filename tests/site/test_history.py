"""Where a rollback leads, and what was live when."""

import pytest

from pipeline.site.history import Release, earlier_versions, periods, that_was_live


def history(*steps: str) -> list[Release]:
    """The entries of a history:

    "a" publishes version a, "b>a" is a rollback from b to a.
    """
    entries = []
    for place, step in enumerate(steps, 1):
        left, _, version = step.rpartition(">")
        entries.append(
            Release(
                version=version,
                published_at=f"time {place}",
                rolled_back_from=left or None,
            )
        )
    return entries


@pytest.mark.parametrize(("steps", "earlier"), [
    ("a", ""), ("a b c", "ab"), ("a b b>a", ""),
    ("a b c c>a", ""),  # what lies between is undone as well
    ("a b c c>b", "a"), ("a b c c>b b>a", ""), ("a b c c>b d", "ab"), ("a b c c>b d d>b", "a"),
    ("a b b>a b", "a"),  # released, and published again
    ("a b c c>a a>c", "a"),  # redo
    ("a b b>a a>b b>a a>b", "a"),
    ("a b b>a c c>b", "a"),  # back to what had been rolled back before: no redo
    ("a a>z", ""),  # to a version of the store that was never live
    ("a b b>z", "a"),
    ("b>a", ""),  # the history before was discarded
    ("a b a b b>a", ""), ("b a b c c>a", ""),
])  # fmt: skip
def test_the_next_rollback_leads_to_nothing_that_was_rolled_back(
    steps: str, earlier: str
) -> None:
    entries = history(*steps.split())
    assert "".join(earlier_versions(entries, entries[-1].version)) == earlier


def test_a_version_that_was_only_announced_was_never_live() -> None:
    entries = history("a", "b", "b>a", "c")
    assert that_was_live(entries, "a") == entries[:3]
    assert that_was_live(entries[:3], "b") == entries[:2]
    assert earlier_versions(entries, "a") == []
    assert earlier_versions(history("a", "b"), "x") == ["a"]
    assert [(period.version, period.until) for period in periods(entries, "a")] == [
        *(("a", "time 2"), ("b", "time 3")),
        ("a", None),
    ]
