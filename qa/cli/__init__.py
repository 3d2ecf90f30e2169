"""Parses the command line, calls the pipeline, prints, chooses the exit code; decides nothing.

Results go to stdout, progress and errors to stderr. Each command imports what it needs when it runs: `qa --help` and
`qa check` answer at once.
"""

from qa.cli.app import main

__all__ = ["main"]
