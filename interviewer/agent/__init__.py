"""Holding an interview: framework events in, domain commands out."""
