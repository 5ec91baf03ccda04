"""Serve the folder that each request names, as `pipeline serve` serves a site. The first line printed is the port."""

import sys
import threading
from pathlib import Path
from typing import Any

from pipeline.site import serve
from pipeline.site.connections import PreviewServer


class _AnyFolder(serve._Handler):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args, site=Path(), base="/", cors=False)

    def _answer(self, path: str) -> None:
        self._site = Path(self.headers["X-Folder"]).resolve()
        self._base = self.headers["X-Base"]
        self._cors = self.headers["X-Shared"] == "true"
        super()._answer(path)


if __name__ == "__main__":
    server = PreviewServer("127.0.0.1", 0, _AnyFolder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()  # until the tests end
