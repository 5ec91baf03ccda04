"""Data sets as checked arrays on disk: MNIST, .npz, folders of .npy or pictures, TFRecord."""
