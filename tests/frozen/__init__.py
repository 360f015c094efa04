"""End-to-end tests of the frozen programs, as a user has them on a machine without Python."""
