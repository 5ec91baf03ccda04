"""Any Keras 3 model to TensorFlow.js: exact, or refused with the reason."""
