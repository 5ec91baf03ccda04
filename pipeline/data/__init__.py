"""Data sets as checked arrays on disk:

MNIST, .npz files, and folders of .npy or image files.
"""
