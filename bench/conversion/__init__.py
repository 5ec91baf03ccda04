"""What `bench formats` is made of: lists of models, ways of converting them, and the processes for that."""
