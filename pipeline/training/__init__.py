"""Building a recipe's network and training it in one compiled program per epoch."""
