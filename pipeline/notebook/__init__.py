"""Show a model in a notebook: a pad to draw on, with the answers of the exported
files.
"""
