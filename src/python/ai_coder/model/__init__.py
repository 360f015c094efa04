"""A trained model as a folder: what the trainer writes and the analyzer reads."""
