"""The published site:

pages, pointers, headers, compressed copies, and the preview server.
"""
