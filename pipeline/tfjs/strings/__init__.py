"""Strings that models take or give:

load() turns them into numbers and back, and the files compute with numbers.
"""
