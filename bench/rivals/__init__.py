"""A published model as the files that other runtimes read."""
