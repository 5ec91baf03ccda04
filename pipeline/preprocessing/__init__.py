"""The steps from a drawing, photo or data set image to the model's input; the twin of
web/src/runtime/preprocess.
"""
