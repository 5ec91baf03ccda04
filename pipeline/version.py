"""The version of the package, which the build backend reads as well."""

__version__ = "0.1.0"
