"""Drawings of digits that training never saw: pointer strokes from parametric templates, varied as hands vary.

Two independent families of templates: `developed` is for tuning the preprocessing steps and training, `reported` only
for reporting accuracy. Neither uses fonts or any data set.
"""
