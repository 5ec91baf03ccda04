"""Serve each folder that standard input names, as `pipeline serve --cors` does, and
print its port.
"""

import sys
import threading
from functools import partial
from pathlib import Path

from pipeline.site.serve import PreviewHandler, PreviewServer

if __name__ == "__main__":
    for folder in sys.stdin:  # until the tests end
        server = PreviewServer(
            "127.0.0.1",
            0,
            partial(PreviewHandler, site=Path(folder.strip()), cors=True),
        )
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_address[1], flush=True)
