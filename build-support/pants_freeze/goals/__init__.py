"""What each goal of Pants does with a freezing target: thin, the stages do the work."""
