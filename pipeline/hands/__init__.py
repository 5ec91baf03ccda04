"""Drawings that a program makes: pointer strokes from templates, varied at random, without fonts or data sets.

`practice` has the ten digits to train and tune with. `digits` has others, which are for reporting alone, and `signs`
what is no digit: letters and things that people draw to see what a model of digits says.
"""
