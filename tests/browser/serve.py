"""Serve the folder that each request names, as `pipeline serve --cors` does. The first line printed is the port."""

import sys
import threading
from pathlib import Path
from typing import Any

from pipeline.site.serve import PreviewHandler, PreviewServer


class _AnyFolder(PreviewHandler):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args, site=Path(), cors=True)

    def translate_path(self, path: str) -> str:
        self.site = Path(self.headers["X-Folder"]).resolve()
        return super().translate_path(path)


if __name__ == "__main__":
    server = PreviewServer("127.0.0.1", 0, _AnyFolder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()  # until the tests end
