"""Real servers: OpenSSH's SFTP, an S3-compatible store, and WebDAV."""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from pipeline.checking.check import check_target
from pipeline.deploying.deploy import deploy_site
from pipeline.deploying.opening import open_store
from pipeline.deploying.targets import parse_target
from pipeline.errors import PublishError
from pipeline.site.serve import make_server, url_of
from tests.support.deployments import Deployed, content, s3_server, ssh_server, visit, visitor, webdav_server

MOMENTS = 30
SECRET = "p/ss wörd"  # noqa: S105
SECRET_IN_URL = quote(SECRET, safe="")


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with s3_server() as address, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", address)
        patch.setenv("AWS_ACCESS_KEY_ID", "somebody")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        yield address


@dataclass(frozen=True, kw_only=True)
class Host:
    target: str
    folder: Path  # what the server keeps


@pytest.fixture(params=["sftp", "webdav"])
def host(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """A server of files, with its credentials where users have them."""
    folder = tmp_path / "served" / "site"
    folder.parent.mkdir()
    if request.param == "sftp":
        with ssh_server(tmp_path / "home") as server:
            monkeypatch.setenv("HOME", str(server.home))
            yield Host(target=f"sftp://here{folder}", folder=folder)
    else:
        with webdav_server(folder.parent, SECRET) as port:
            yield Host(target=f"webdav://ada:{SECRET_IN_URL}@127.0.0.1:{port}/site", folder=folder)


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    with make_server(folder, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield url_of(server)
        finally:
            server.shutdown()
            thread.join()


def test_a_site_is_deployed_and_a_visitor_is_never_let_down(place: Deployed, host: Host) -> None:
    first = place.deploy(host.target)
    assert content(host.folder) == content(place.site)
    assert "wörd" not in first.target
    assert SECRET_IN_URL not in first.target
    with served(host.folder) as address:
        assert check_target(address).passed
        with visitor(address) as seen:
            for number in (2, 3, 4):
                place.change(number)
                place.deploy(host.target)
            seen.append(visit(address))
        assert check_target(address).passed
    assert len(set(seen)) > 1
    assert content(host.folder) == content(place.site)
    assert list(host.folder.glob(".deploying*")) == []
    assert place.deploy(host.target).uploaded == ()


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
def test_a_kill_at_30_moments_loses_nothing(place: Deployed, host: Host) -> None:
    place.deploy(host.target)
    with served(host.folder) as address:
        _kill_at_30_moments(place, host.target, address)
    assert content(host.folder) == content(place.site)
    assert list(host.folder.glob(".deploying*")) == []


@pytest.mark.all_only
def test_a_kill_at_30_moments_loses_nothing_in_a_bucket(place: Deployed, s3: str) -> None:
    target, address = "s3://killed/digits", f"{s3}/killed/digits/"
    public_bucket("killed")
    place.deploy(target)
    _kill_at_30_moments(place, target, address)


def _kill_at_30_moments(place: Deployed, target: str, address: str) -> None:
    """Of deployments of a new version each, by the command line; a visitor comes after each kill."""
    command = [sys.executable, "-m", "pipeline", "deploy", target, "--site", str(place.site), "--json", "--quiet"]
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


def test_without_permission_the_message_is_one_sentence(
    place: Deployed, tmp_path: Path, s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(
        PublishError, match=r"^Cannot \w+ s3://nobodys: .*bucket does not exist.* Nothing was changed\."
    ):
        place.deploy("s3://nobodys")
    with (
        webdav_server(tmp_path, SECRET) as port,
        pytest.raises(PublishError, match=r"^Cannot reach webdav://\*\*\*:\*\*\*@.*401.* Check the address, the cred"),
    ):
        place.deploy(f"webdav://ada:wrong-one@127.0.0.1:{port}/site")
    with ssh_server(tmp_path / "home") as server:
        monkeypatch.setenv("HOME", str(tmp_path))
        with pytest.raises(
            PublishError, match=r"^Cannot reach sftp://.*not found in known_hosts\. Nothing was changed"
        ):
            place.deploy(f"sftp://somebody:swordfish@127.0.0.1:{server.port}/site")
        monkeypatch.setenv("HOME", str(server.home))
        with pytest.raises(
            PublishError, match=r"^Cannot reach sftp://somebody:\*\*\*@.*Nothing was changed"
        ) as refused:
            place.deploy(f"sftp://somebody:swordfish@127.0.0.1:{server.port}/site")
    assert "swordfish" not in str(refused.value)


def test_a_server_that_goes_away_during_the_upload_is_one_sentence(place: Deployed, tmp_path: Path) -> None:
    folder, seen = tmp_path / "served", list[str]()
    folder.mkdir()
    stack = contextlib.ExitStack()
    port = stack.enter_context(webdav_server(folder, SECRET))
    target = f"webdav://ada:{SECRET_IN_URL}@127.0.0.1:{port}/site"
    place.deploy(target)
    pointer = (folder / "site/models/digits/latest.json").read_bytes()
    place.change(2)

    def leave(line: str) -> None:
        seen.append(line)
        stack.close()

    with pytest.raises(
        PublishError, match=r"^Cannot upload to .* Visitors get what was there before\. Check"
    ) as failed:
        deploy_site(place.site, target, cache=place.cache, progress=leave)
    assert seen
    assert SECRET_IN_URL not in str(failed.value)
    assert (folder / "site/models/digits/latest.json").read_bytes() == pointer


@pytest.mark.parametrize(
    ("target", "module", "package"),
    [
        ("s3://bucket", "s3fs", r"keras-web-pipeline\[deploy\]"),
        ("sftp://host/x", "paramiko", r"keras-web-pipeline\[deploy\]"),
        ("webdav://host/x", "webdav4.fsspec", r"keras-web-pipeline\[deploy\]"),
        ("new-folder", "fsspec", r"keras-web-pipeline\[deploy\]"),
        ("gs://bucket", "gcsfs", "gcsfs"),
        ("az://container", "adlfs", "adlfs"),
    ],
)
def test_a_missing_package_is_named_with_its_command(
    place: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, module: str, package: str
) -> None:
    monkeypatch.chdir(tmp_path)
    from fsspec.registry import _registry

    monkeypatch.delitem(_registry, target.partition(":")[0], raising=False)  # what it has imported
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(
        PublishError, match=rf"a package must be installed\. Received: .*Install it: pip install '{package}'"
    ):
        place.deploy(target)


def test_a_second_deployer_from_elsewhere_is_refused_while_one_uploads(place: Deployed, host: Host) -> None:
    _refuse_a_second(place, host.target)
    assert content(host.folder) == content(place.site)


def test_a_second_deployer_is_refused_at_a_bucket(place: Deployed, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    public_bucket("shared")
    _refuse_a_second(place, "s3://shared")
    with contextlib.ExitStack() as closing:
        store = open_store(parse_target("s3://shared"), closing)
        assert store.lock(b"{}", "x")
        monkeypatch.setattr(store, "read", lambda path: None)  # as between the two looks at it
        assert not store.lock(b"[]", "y")
        store.unlock()


def _refuse_a_second(place: Deployed, target: str) -> None:
    refused: list[str] = []

    def tell(line: str) -> None:
        if not refused:
            with pytest.raises(
                PublishError, match=r"One deployment at a time\. .* process \d+ on .*--break-lock"
            ) as error:
                place.deploy(target, cache=place.cache / "elsewhere")
            refused.append(str(error.value))

    deploy_site(place.site, target, cache=place.cache, progress=tell)
    assert refused
    assert place.deploy(target, cache=place.cache / "elsewhere").uploaded == ()
