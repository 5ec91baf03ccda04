"""What notebooks show of a model: a pad to draw on, with the answers of the exported files."""
