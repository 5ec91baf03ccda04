"""Access to the operating system and other programs:

files, locks, processes, Node.js, TensorFlow's start.
"""
