"""Reads rule sets of other products into the rubric language, and says what it could not carry over."""

from qa.judge.importing.sca import Imported, import_sca

__all__ = ["Imported", "import_sca"]
