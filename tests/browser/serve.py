"""Serve the folder that each request names, as `pipeline serve` serves a site. The first line printed is the port."""

import sys
import threading
from pathlib import Path
from typing import Any

from pipeline.site.serve import PreviewHandler, PreviewServer


class _AnyFolder(PreviewHandler):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args, site=Path(), cors=False)

    def send_head(self) -> Any:
        del self.headers["If-Modified-Since"]  # tests change files within a second, which dates do not tell
        self.site, self.cors = Path(self.headers["X-Folder"]).resolve(), self.headers["X-Shared"] == "true"
        return super().send_head()

    def translate_path(self, path: str) -> str:
        base = self.headers["X-Base"]
        return super().translate_path(f"/{path.removeprefix(base)}") if path.startswith(base) else ""


if __name__ == "__main__":
    server = PreviewServer("127.0.0.1", 0, _AnyFolder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()  # until the tests end
