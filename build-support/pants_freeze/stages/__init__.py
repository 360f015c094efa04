"""The pipeline, one stage a module: closure -> freeze -> link -> bundle -> archive.

Each stage is a pair of frozen dataclasses, ``XRequest -> X``, and the rule between them; each runs
at most one process, keyed by exactly what it reads.
"""
