"""Measured comparisons with peers. `python -m bench` runs them all; each prints one table and writes JSON."""
