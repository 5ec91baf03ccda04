"""Sign versions with a key, so that readers who know its public half need not trust the
host.
"""
