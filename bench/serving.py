"""A published site served by nginx with docs/nginx.conf: requests per second, the bytes
of a visit, and the headers.

Measures the site in `site/`, or the one that SITE names, over loopback, so the load
generator competes for the processor. The peers are the same nginx compressing every
response (gzip at its default level), and not compressing. Needs nginx with its
brotli_static module, and wrk (Debian: nginx, libnginx-mod-http-brotli-static, wrk).
"""

import contextlib
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.harness import (
    ROOT,
    drive,
    find_site,
    free_ports,
    install_tools,
    median,
    print_table,
    save_results,
)
from pipeline.site.headers import headers_for

CONFIG = ROOT / "docs" / "nginx.conf"
MODULE = Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")
RUNS, SECONDS, CONNECTIONS = 3, 5, 64
WAYS = {
    "compressed copies": "",
    "gzip on the fly": (
        "gzip on; gzip_types text/css text/javascript application/json image/svg+xml"
        " text/markdown;"
    ),
    "no compression": "",
}
# wrk's script: requests the files of a visit in turn, and prints the totals as JSON.
LUA = """
local paths = { %s }
local next = 0
request = function()
  next = next %% #paths + 1
  return wrk.format("GET", paths[next], { ["Accept-Encoding"] = "gzip, br" })
end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('RESULT {"requests": %%d, "seconds": %%f, "bytes": %%d, "errors": %%d, "p99_ms": %%f}\\n',
    summary.requests, summary.duration / 1e6, summary.bytes, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(99) / 1000))
end
"""


def find(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")


@contextlib.contextmanager
def nginx(
    site: Path, folder: Path, way: str, blog: Path
) -> Iterator[tuple[str, str, Path]]:
    """Run nginx; yields the URLs of the site and of a blog, and the site's access log."""
    ports, log = free_ports(2), folder / "access.log"
    server = CONFIG.read_text().replace("listen 8080;", f"listen 127.0.0.1:{ports[0]};")
    server = server.replace(
        "root /srv/site;", f"root {site}; access_log {log} visits; {WAYS[way]}"
    )
    if way != "compressed copies":
        server = re.sub(r"(brotli|gzip)_static on;", "", server)
    main = f"""
        load_module {MODULE};
        daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;
        {"user root;" if os.getuid() == 0 else ""}
        events {{ worker_connections 1024; }}
        http {{
            log_format visits "$uri $status $bytes_sent";
            client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
            uwsgi_temp_path {folder}; scgi_temp_path {folder}; access_log off;
            {server}
            server {{
                listen 127.0.0.1:{ports[1]}; root {blog};
                types {{ text/html html; }}
            }}
        }}"""
    (folder / "nginx.conf").write_text(main)
    command = [
        str(find("nginx")),
        "-c",
        str(folder / "nginx.conf"),
        "-e",
        str(folder / "error.log"),
    ]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", ports[0]), timeout=1),
            ):
                break
            if process.poll() is not None:
                raise SystemExit(
                    f"nginx did not start:\n{(folder / 'error.log').read_text()}"
                )
            time.sleep(0.05)
        yield f"http://127.0.0.1:{ports[0]}/", f"http://127.0.0.1:{ports[1]}/", log
    finally:
        process.terminate()
        process.wait()


def ask(url: str, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(
        url.removeprefix("http://").rstrip("/"), timeout=10
    )
    connection.request(
        "GET",
        path,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def check_headers(site: Path, url: str) -> int:
    """Check each file's headers, compressed copy (if any) and 304 for a matching ETag;
    returns how many files.
    """
    count = 0
    for file in sorted(site.rglob("*")):
        path = f"/{file.relative_to(site).as_posix()}"
        if not file.is_file() or "/." in path or path == "/_headers":
            continue
        response = ask(url, path, Accept_Encoding="gzip, br")
        got = dict(response.getheaders())
        wrong = {
            name: got.get(name)
            for name, value in headers_for(path).items()
            if got.get(name) != value
        }
        encoding = "br" if file.with_name(file.name + ".br").exists() else None
        if response.status != 200 or wrong or got.get("Content-Encoding") != encoding:
            raise SystemExit(
                f"nginx must send {path} with the headers in `_headers`. Received:"
                f" {response.status}, {got}"
            )
        again = ask(url, path, Accept_Encoding="gzip, br", If_None_Match=got["ETag"])
        if again.status != 304:
            raise SystemExit(
                f"nginx must answer the ETag of {path} with 304. Received:"
                f" {again.status}."
            )
        count += 1
    for path in ("/_headers", "/.lock", "/missing"):
        if ask(url, path).status != 404:
            raise SystemExit(f"nginx must answer {path} with 404.")
    return count


def load(url: str, paths: list[str], folder: Path) -> dict[str, float]:
    """Run wrk once over the files of a visit."""
    script = folder / "visit.lua"
    script.write_text(LUA % ", ".join(json.dumps(path) for path in paths))
    command = [
        str(find("wrk")),
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{SECONDS}s",
        "-s",
        str(script),
        url,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = re.search(r"RESULT (.*)", done.stdout)
    if not found:
        raise SystemExit(
            f"wrk must print a RESULT line. Received: {done.stdout} {done.stderr}"
        )
    result: dict[str, float] = json.loads(found[1])
    if result["errors"]:
        raise SystemExit(f"No request may fail. Received: {result}")
    return result


def visit(site_url: str, blog_url: str, log: Path) -> list[dict[str, Any]]:
    job = {"log": str(log), "site": site_url, "blog": blog_url}
    results: list[dict[str, Any]] = drive("serving/visits.mjs", job)
    return results


def main() -> None:
    if not (find("nginx") and find("wrk") and MODULE.exists()):
        print(
            "Not measured: this needs nginx with its brotli_static module, and wrk. On"
            " Debian:"
        )
        print("apt-get install nginx libnginx-mod-http-brotli-static wrk")
        return
    site = find_site()
    install_tools()
    model = json.loads((site / "models" / "index.json").read_text())["default"]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        blog = folder / "blog"
        blog.mkdir()
        with nginx(site, folder, "compressed copies", blog) as (url, blog_url, log):
            (blog / "index.html").write_text(
                '<!doctype html><title>A post</title><script type="module"'
                f' src="{url}embed.js"></script><sketch-classifier'
                f' src="{url}models/{model}/latest.json"></sketch-classifier>'
            )
            count = check_headers(site, url)
            print(
                f"{count} files are sent with the headers in `_headers`, and answer"
                " their ETag with 304.\n"
            )
            visits = visit(url, blog_url, log)
        rows = [[v["visit"], str(v["requests"]), f"{v['bytes']:,}"] for v in visits]
        print_table(["visit", "requests", "bytes sent"], rows)
        paths = [line.split()[0] for line in visits[0]["sent"]]
        runs: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
        for _ in range(RUNS):
            for way, results in runs.items():
                with nginx(site, folder, way, blog) as (url, _, _):
                    results.append(load(url, paths, folder))
    print(
        f"\nThe {len(paths)} requests of a first visit, repeated. One nginx worker; wrk"
        f" with {CONNECTIONS} connections."
    )
    rows = []
    for way, results in runs.items():
        rate = [result["requests"] / result["seconds"] for result in results]
        size = [result["bytes"] / result["requests"] for result in results]
        spread = f"{median(rate):,.0f} ({min(rate):,.0f} to {max(rate):,.0f})"
        late = f"{median([result['p99_ms'] for result in results]):.0f}"
        errors = str(sum(int(result["errors"]) for result in results))
        rows.append(
            [
                way,
                spread,
                f"{median(rate) / len(paths):,.0f}",
                f"{median(size):,.0f}",
                late,
                errors,
            ]
        )
    print_table(
        [
            "",
            "requests/s",
            "first visits/s",
            "bytes a request",
            "99 % within, ms",
            "errors",
        ],
        rows,
    )
    save_results("serving")


if __name__ == "__main__":
    main()
