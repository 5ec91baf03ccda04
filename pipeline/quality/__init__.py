"""Is the model good enough, and its data:

evaluation, the gates, and the report about a data set.
"""
