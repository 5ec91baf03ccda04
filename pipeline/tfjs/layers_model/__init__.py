"""The layers-model format:

a Keras model traced into stock TensorFlow.js layers, one rule per Keras layer.
"""
