"""The steps from a drawing, photo or test image to the model's input, in NumPy; twin of web/src/runtime/preprocess."""
