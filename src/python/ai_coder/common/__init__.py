"""What every component needs: version, exit codes, folders, progress and the command-line frame."""
