"""From a Keras model to a verified web page that runs it."""

__version__ = "0.1.0"
