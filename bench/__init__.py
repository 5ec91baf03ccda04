"""Measured comparisons with peers.

`python -m bench` runs them all; each prints its tables and writes JSON.
"""
