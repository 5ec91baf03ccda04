"""Models that several tests of exports share with those of the converter."""

from tests.tfjs.conftest import gru, model

__all__ = ["gru", "model"]
