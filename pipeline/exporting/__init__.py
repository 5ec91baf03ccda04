"""Exports of a Keras model:

a folder with its files, their proof, and what runs them on a page.
"""
