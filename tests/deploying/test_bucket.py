"""Deploying to a bucket: what is true of buckets alone."""

import json
import sys
import urllib.request
from pathlib import Path

import pytest
from fsspec.registry import _registry

from pipeline.checking.check import check_target
from pipeline.errors import PublishError
from tests.support.deployments import Deployed


def test_a_bucket_gets_types_and_lifetimes(place: Deployed, s3: str) -> None:
    import s3fs

    fs = s3fs.S3FileSystem(skip_instance_cache=True, use_listings_cache=False)
    fs.mkdir("museum")
    allow = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::museum/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [allow]}
    fs.call_s3("put_bucket_policy", Bucket="museum", Policy=json.dumps(policy))
    place.deploy("s3://museum/digits")
    address = f"{s3}/museum/digits/"
    assert check_target(address).passed
    for number in (2, 3):
        version = place.change(number)
        place.deploy("s3://museum/digits")
        assert check_target(address).passed
        assert (
            json.loads(fs.cat_file("museum/digits/models/digits/latest.json"))[
                "version"
            ]
            == version
        )
    assert place.deploy("s3://museum/digits").uploaded == {}
    year, each = "public, max-age=31536000, immutable", "no-cache"
    for path, expected in {
        "index.html": ("text/html; charset=utf-8", each),
        "index.html.gz": ("application/octet-stream", each),
        "models/digits/latest.json": ("application/json; charset=utf-8", each),
        f"models/digits/{version}/layers-float32/group1-shard1of1.bin": (
            "application/octet-stream",
            year,
        ),
        "assets/page-3.js": ("text/javascript; charset=utf-8", year),
        "deployed.json": ("application/json; charset=utf-8", each),
    }.items():
        with urllib.request.urlopen(address + path) as answer:  # noqa: S310 (http)
            assert (
                tuple(
                    answer.headers.get(name)
                    for name in ("Content-Type", "Cache-Control")
                )
                == expected
            ), path
    assert [name for name in fs.find("museum/digits") if "/.deploying" in name] == []
    place.prune()
    gone = place.deploy("s3://museum/digits").removed
    assert gone
    assert not {f"museum/digits/{path}" for path in gone} & {*fs.find("museum/digits")}
    assert check_target(address).passed


def test_a_bucket_that_is_missing_is_one_sentence(place: Deployed, s3: str) -> None:
    with pytest.raises(
        PublishError, match=r"^Cannot deploy to s3://nobodys: .*bucket does not exist"
    ):
        place.deploy("s3://nobodys")


@pytest.mark.parametrize(("target", "package"), [
    ("s3://bucket", "s3fs"), ("sftp://host/x", "sshfs"), ("webdav://host/x", "webdav4"),
    ("gs://bucket", "gcsfs"), ("az://container", "adlfs"),
])  # fmt: skip
def test_a_missing_driver_is_named(
    place: Deployed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    target: str,
    package: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(_registry, target.partition(":")[0], raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
        PublishError,
        match=rf"^Cannot deploy to {target}: .* Run `\S+ -m pip install {package}`, then",
    ):
        place.deploy(target)


def test_a_driver_that_lacks_a_package_says_which(
    place: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "smbclient", None)
    with pytest.raises(
        PublishError,
        match=(
            r"Cannot deploy to smb://host/share/site: .* Run `\S+ -m pip install"
            r" smbprotocol`, then"
        ),
    ):
        place.deploy("smb://host/share/site")
