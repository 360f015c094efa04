"""The README and the pages in `docs/`: what they say to write is written, and to run is run."""
