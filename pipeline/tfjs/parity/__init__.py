"""Running an export in stock TensorFlow.js and comparing it with Keras."""
