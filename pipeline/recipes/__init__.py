"""Recipes:

what a TOML file says about a model, from its images to its gates; and those that come
with the package.
"""
