"""Drawings that training never saw: pointer strokes from templates, varied as hands vary, without fonts or data sets.

`digits` has the ten digits, `signs` what is no digit: letters and things that people draw to see what a model of digits
says. Nothing in the pipeline is tuned on either of them; `bench/developed.py` has other digits for that.
"""
