"""Deploying:

bring a site to where visitors find it, so that at each moment they get a whole one.
"""
