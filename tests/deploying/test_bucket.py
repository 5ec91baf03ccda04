"""Deploying to a bucket: what is true of buckets alone."""

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from pipeline.checking.check import check_target
from pipeline.errors import ConfigError, PublishError
from tests.support.deployments import Deployed, visit, visitor

MOMENTS = 30


def test_a_bucket_gets_types_encodings_and_lifetimes(place: Deployed, s3: str) -> None:
    import s3fs

    fs = s3fs.S3FileSystem(skip_instance_cache=True, use_listings_cache=False)
    public_bucket("museum")
    place.deploy("s3://museum/digits")
    address = f"{s3}/museum/digits/"
    assert check_target(address).passed
    with visitor(address) as seen:
        for number in (2, 3):
            place.change(number)
            place.deploy("s3://museum/digits")
        seen.append(visit(address))
    assert check_target(address).passed
    assert place.deploy("s3://museum/digits").uploaded == ()
    version = json.loads((place.site / "models/digits/latest.json").read_bytes())["version"]
    year, each = "public, max-age=31536000, immutable", "no-cache"
    for path, expected in {
        "index.html": ("text/html; charset=utf-8", each, "gzip"),
        "models/digits/latest.json": ("application/json; charset=utf-8", each, None),  # too small to be compressed
        f"models/digits/{version}/layers-float32/group1-shard1of1.bin": ("application/octet-stream", year, None),
        "assets/page-3.js": ("text/javascript; charset=utf-8", year, "gzip"),
        "models/index.json": ("application/json; charset=utf-8", each, None),
        "deployed.json": ("application/json; charset=utf-8", each, None),
    }.items():
        with urllib.request.urlopen(address + path) as answer:  # noqa: S310 (http)
            names = ("Content-Type", "Cache-Control", "Content-Encoding")
            assert tuple(answer.headers.get(name) for name in names) == expected, path
    objects = fs.find("museum/digits")
    assert [name for name in objects if name.endswith((".br", ".gz")) or "/.deploying" in name] == []
    place.prune()
    gone = place.deploy("s3://museum/digits").removed
    assert gone
    assert not {f"museum/digits/{change.path}" for change in gone} & {*fs.find("museum/digits")}
    assert check_target(address).passed


@pytest.mark.all_only
def test_a_kill_at_30_moments_loses_nothing_in_a_bucket(place: Deployed, s3: str) -> None:
    target, address = "s3://killed/digits", f"{s3}/killed/digits/"
    public_bucket("killed")
    place.deploy(target)
    _kill_at_30_moments(place, target, address)


def _kill_at_30_moments(place: Deployed, target: str, address: str) -> None:
    """Of deployments of a new version each, by the command line; a visitor comes after each kill."""
    impatient = "from pipeline.deploying import store; store.PATIENCE = 0; from pipeline.__main__ import main; main()"
    words = ["deploy", target, "--site", str(place.site), "--json", "--quiet"]
    command = [sys.executable, "-c", impatient, *words]
    environment = os.environ | {"PIPELINE_CACHE": str(place.cache)}
    live, killed, rest = visit(address, "digits"), 0, []

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)

    new, started = place.change(100), time.monotonic()
    assert json.loads(start().communicate()[0])["uploaded"]
    seconds = time.monotonic() - started
    assert visit(address, "digits") == new
    for moment in range(MOMENTS):
        live, new = new, place.change(moment)
        process = start()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds * (0.25 + 0.75 * moment / MOMENTS))
        process.kill()
        process.communicate()
        killed += process.returncode < 0
        assert visit(address, "digits") in (live, new)
        done = json.loads(start().communicate()[0])
        assert done["exit_code"] == 0, done
        rest.append(len(done["uploaded"]))
        assert visit(address, "digits") == new
    assert check_target(address).passed
    assert killed >= MOMENTS * 2 // 3
    assert len({*rest}) > 3, rest  # the later the kill, the less is left to do


def public_bucket(name: str) -> None:
    import s3fs

    fs = s3fs.S3FileSystem(skip_instance_cache=True)
    fs.mkdir(name)
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
    policy = {"Version": "2012-10-17", "Statement": [allow]}
    fs.call_s3("put_bucket_policy", Bucket=name, Policy=json.dumps(policy))


def test_a_bucket_that_is_missing_is_one_sentence(place: Deployed, s3: str) -> None:
    with pytest.raises(
        PublishError, match=r"^Cannot \w+ s3://nobodys: .*bucket does not exist.* Nothing was changed\."
    ):
        place.deploy("s3://nobodys")


@pytest.mark.parametrize(
    ("target", "package"),
    [
        ("s3://bucket", "s3fs"),
        ("sftp://host/x", "sshfs"),
        ("webdav://host/x", "webdav4"),
        ("new-folder", "fsspec"),
        ("gs://bucket", "gcsfs"),
        ("az://container", "adlfs"),
    ],
)
def test_a_missing_driver_is_named_with_its_command(
    place: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, package: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
        PublishError, match=rf"driver must be installed\. Received: .*{package}.*Install it: pip install {package}$"
    ):
        place.deploy(target)
    assert not (tmp_path / "new-folder").exists()


def test_a_scheme_that_nobody_knows_is_refused(place: Deployed) -> None:
    with pytest.raises(ConfigError, match=r"that fsspec opens\. Received: nonsense://\*\*\*:\*\*\*@example\.org/x \("):
        place.deploy("nonsense://ada:swordfish@example.org/x")
