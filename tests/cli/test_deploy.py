"""`pipeline deploy` as a command."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.checked import sealed_facts
from tests.support.versions import Place, snapshot
from tests.support.workshop import call


def run(place: Place, *words: str, code: int = 0) -> Any:
    done = call("deploy", *words, "--site", str(place.site))
    assert done.exit_code == code, done.output
    return done


def test_a_deployment_says_how_much_and_a_dry_run_what(
    place: Place, tmp_path: Path, key: Path
) -> None:
    place.publish(b"w1", **sealed_facts(b"w1"))
    to = str(tmp_path / "to")
    planned = run(place, to, "--dry-run").stdout.splitlines()
    files = len(snapshot(place.site))
    assert [line[0] for line in planned[:-1]] == ["+"] * files
    assert planned[-1].startswith(f"{files} files, ")
    assert planned[-1].endswith(f" kB would be uploaded to {to}")
    done = run(place, to)
    assert done.stdout.startswith(f"{files} files, ")
    assert done.stdout.endswith(f" kB uploaded to {to}\n")
    nothing = f"Nothing is new: {to} has all {files} files"
    assert (
        run(place, to).stdout
        == f"{nothing}, by name and size; --verify also compares their content\n"
    )
    assert run(place, to, "--verify").stdout == f"{nothing}, with the same content\n"
    (place.site / "index.html").unlink()
    assert "pass --unchecked" in run(place, to, code=4).output
    (place.site / "my key.pem").write_text("")
    document = json.loads(run(place, to, "--json", "--dry-run", "--unchecked").stdout)
    assert (document["uploaded"], document["unchanged"], document["bytes"]) == (
        {},
        files - 1,
        0,
    )
    assert ([*document["removed"]], document["left_out"], document["repaired"]) == (
        ["index.html"],
        ["my key.pem"],
        0,
    )
    lines = run(place, to, "--dry-run", "--unchecked").stdout.splitlines()
    assert lines[0] == "left out, because it is not a file of the site: my key.pem"
    assert lines[-1].endswith("would be removed there")
    assert (
        "sign your own copy (`pipeline sign NAME --key"
        in call("check", to, "--key", f"{key}.pub").stderr
    )
    (tmp_path / "to/sw.js").write_text("another")
    damaged = call("check", to)
    assert "sign your own copy" not in damaged.stderr
    assert re.search(r"deployed\.json +lists other content of sw\.js", damaged.stderr)
    assert (
        f"`pipeline deploy {to} --verify` replaces what differs from your site"
        in damaged.stderr
    )
    assert (
        "1 with other content repaired"
        in run(place, to, "--verify", "--unchecked").stdout
    )


def test_the_environment_can_name_the_target(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.publish(b"w1", **sealed_facts(b"w1"))
    assert "Missing argument 'TARGET'" in run(place, code=2).output
    monkeypatch.setenv("PIPELINE_TARGET", str(tmp_path / "to"))
    run(place)
    assert (tmp_path / "to/deployed.json").exists()


def test_exit_codes_and_no_password_anywhere(place: Place, tmp_path: Path) -> None:
    place.publish(b"w1", **sealed_facts(b"w1"))
    refused = run(place, "no://ada:swordfish@example.org/x", code=2).output
    assert (
        "such as s3, gs, az, ftp or sftp. Received: no://***:***@example.org/x. Write"
        " one of these" in refused
    )
    to = "ftp://ada:swordfish@127.0.0.1:1/x"
    command = [
        sys.executable,
        "-m",
        "pipeline",
        "deploy",
        to,
        "--site",
        str(place.site),
        "--json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 6
    document = json.loads(done.stdout)
    assert document["exit_code"] == 6
    assert document["error"].startswith(
        "Cannot deploy to ftp://***:***@127.0.0.1:1/x: "
    )
    assert "swordfish" not in done.stdout + done.stderr
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs/thesis").write_text("")
    assert (
        "Empty it, or choose another place."
        in run(place, str(tmp_path / "theirs"), code=6).output
    )
