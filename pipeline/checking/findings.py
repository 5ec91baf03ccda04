"""Findings of a check, as lines, as a table of problems and as JSON."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.checking.browser import Ran
from pipeline.checking.folder import Problem
from pipeline.checking.web import Place
from pipeline.site.compress import ENCODINGS, deserves_copies, is_copy
from pipeline.site.page import DEPLOYED
from pipeline.system.json_records import to_json
from pipeline.system.outside import in_one_line

# why nobody vouches for a file
FOREIGN, UNLISTED = (
    "is not a file of the site",
    "is not listed by the manifest",
)
OTHER, UNUSUAL = "is of another release", "is not what this release writes"  # likewise
MOST = 2**28  # bytes of a file that may have compressed copies
Problems = list[tuple[str, str]]  # (path or address, what is wrong with it)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was checked."""

    subject: str  # e.g. "mnist-softmax 0123456789ab" or "page"
    check: str  # e.g. "files"
    detail: str  # what was found, for people
    problems: tuple[
        tuple[str, str], ...
    ] = ()  # (path or address, what is wrong with it)

    @property
    def passed(self) -> bool:
        """True if no problem was found."""
        return not self.problems


def counted(number: int) -> str:
    """A number of problems in words."""
    return f"{number} problem{'' if number == 1 else 's'}"


@dataclass
class Report:
    """The result of `pipeline check`."""

    target: str
    # "site", "store", "model", "version", "export" or "plain" (a model without a
    # manifest)
    kind: str
    # a path of the place that is checked, for people
    describe: Callable[[str], str] = field(default=str, repr=False)
    findings: list[Finding] = field(default_factory=list)
    # files that nobody vouches for, and why: they may be right
    unvouched: Problems = field(default_factory=list)
    # those of them that are not so on every site
    unexpected: set[str] = field(default_factory=set)
    # how the host could serve visitors and other pages better
    advice: Problems = field(default_factory=list)
    ran: Ran | None = None  # in a browser

    def add(
        self,
        subject: str,
        check: str,
        detail: str,
        problems: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Add a finding; each problem is a path and half a sentence that continues its
        name.
        """
        rows = tuple(
            (in_one_line(self.describe(path)), in_one_line(wrong))
            for path, wrong in problems
        )
        self.findings.append(
            Finding(
                subject=in_one_line(subject),
                check=check,
                detail=in_one_line(detail),
                problems=rows,
            )
        )

    def leave(self, path: str, why: str, *, usual: bool = False) -> None:
        """Name a file that nobody vouches for; `why` is half a sentence that continues
        its name.
        """
        self.unvouched.append(
            row := (in_one_line(self.describe(path)), in_one_line(why))
        )
        self.unexpected |= set() if usual else {row[0]}

    @property
    def passed(self) -> bool:
        """True if every finding passed."""
        return all(finding.passed for finding in self.findings)

    @property
    def problems(self) -> Problems:
        """All of them, in the order of discovery."""
        return [problem for finding in self.findings for problem in finding.problems]

    def __str__(self) -> str:
        """A summary, and then what failed, the files that nobody vouches for, and the
        advice about the host.
        """
        failed = [one for one in self.findings if not one.passed]
        # as many as a page has files
        old = [Path(path).name for path, why in self.unvouched if why == OTHER]
        passed = (
            f"{len(self.findings) - len(failed)} of {len(self.findings)} checks passed"
        )
        if named := {path for path, _ in self.unvouched}:
            passed += (
                f"; {len(named)} file{'s' * (len(named) > 1)} not vouched for,"
                f" {len(self.unexpected)} unexpected"
            )
        lines = [
            f"{self.target}: {self.kind}, {passed}",
            *(
                f"FAIL  {one.subject}  {one.check}  {counted(len(one.problems))}"
                for one in failed
            ),
            *(
                f"not vouched for: {path}  {why}"
                for path, why in self.unvouched
                if why != OTHER
            ),
            *(
                f"not vouched for: {len(names)} of another release: {', '.join(names)}"
                for names in [old]
                if names
            ),
            *(f"advice: {path}  {why}" for path, why in self.advice),
            *(
                one.detail
                for one in self.findings
                if one.check == "answers" and self.kind == "plain"
            ),
        ]
        return "\n".join(lines)

    def table(self) -> str:
        """The problems, one a line."""
        width = min(max(len(path) for path, _ in self.problems), 80)
        return "\n".join(
            f"{path:<{width}}  {problem}" for path, problem in self.problems
        )

    def as_json(self) -> dict[str, Any]:
        """The document that `--json` prints."""
        return {
            "target": self.target,
            "kind": self.kind,
            "passed": self.passed,
            "checks": [
                {
                    key: getattr(one, key)
                    for key in ("subject", "check", "passed", "detail")
                }
                for one in self.findings
            ],
            "problems": [
                {"path": path, "problem": problem} for path, problem in self.problems
            ],
            "not_vouched_for": [
                {"path": path, "reason": why} for path, why in self.unvouched
            ],
            "unexpected": sorted(self.unexpected),
            "advice": [{"path": path, "advice": why} for path, why in self.advice],
            "browser": to_json(self.ran),
        }


def check_copies(place: Place, folder: str, report: Report) -> None:
    """Compare every compressed copy below a folder, or of what was fetched, with its
    original.
    """
    count, lacking = 0, []
    problems: Problems = []
    originals, foreign = (
        place.seen(folder),
        {path for path, why in report.unvouched if why in (FOREIGN, UNLISTED)},
    )
    files = {
        f"{folder}/{path}" if folder else path for path in place.files(folder) or ()
    }
    for path in originals:
        cause = ""
        try:
            file = place.fetch(path, 2**63)
            if file.stat().st_size > MOST:
                continue
            original = file.read_bytes()
            cause = "has a compressed copy that "
            for copy, how, content in place.copies(path, len(original)):
                count += 1
                if content != original:
                    problems.append(
                        (copy, f"{how}does not have the content of its original")
                    )
            if (
                path != DEPLOYED  # which no visitor asks for
                and report.describe(path) not in foreign
                and deserves_copies(Path(path), original)
            ):
                lacking += [
                    copy
                    for copy in (f"{path}{suffix}" for suffix in ENCODINGS.values())
                    if copy not in files
                ]
        except Problem as problem:
            problems.append((path, f"{cause}{problem}"))
    gone = (
        path
        for path in sorted(files)
        if is_copy(Path(path)) and path.rpartition(".")[0] not in originals
    )
    problems += [
        (path, "is a compressed copy of a file that is missing") for path in gone
    ]
    for copy in lacking if count and files else ():
        report.leave(copy, "is missing, though others are there")
    report.add(
        "all",
        "copies",
        f"{count} compressed copies equal their originals" if count else "none",
        problems,
    )
