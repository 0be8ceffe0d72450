"""Reads one resume in a limited process of its own; see `resume_text`."""
