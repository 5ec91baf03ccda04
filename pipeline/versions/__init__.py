"""Exported versions:

the manifest, the store that holds them, and the files meant for people.
"""
