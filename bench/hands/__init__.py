"""Drawings of digits that training never saw: pointer strokes by parametric templates, and the hands that write them.

Two families of templates, written apart and unlike: `developed` is there to improve the steps and the training with,
`reported` only to report on. Neither uses typefaces, fonts or any data set.
"""
