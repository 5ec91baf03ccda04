"""Formats beside TensorFlow.js:

ONNX and LiteRT files, by Keras' own exporters, and run in their own runtimes.
"""
