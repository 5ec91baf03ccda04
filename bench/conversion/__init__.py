"""Parts of `bench formats`:

lists of models, ways of converting them, and the processes for that.
"""
