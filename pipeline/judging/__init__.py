"""What the gates compare: a model with its training, and its data with that of the published version."""
