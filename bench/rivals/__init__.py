"""A published model converted for other runtimes."""
