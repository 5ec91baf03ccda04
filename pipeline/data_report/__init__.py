"""The page that `pipeline report` writes: what a data set holds, with the pictures that deserve a look."""
