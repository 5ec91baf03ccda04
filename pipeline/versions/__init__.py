"""Exported versions: the manifest, the store that holds them, and the files that only people read."""
