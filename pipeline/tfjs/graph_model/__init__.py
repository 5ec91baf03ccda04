"""The graph-model format: a frozen TensorFlow graph through the official converter."""
