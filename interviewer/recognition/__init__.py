"""The recogniser service: other processes' speech in, text out. No database, no interviews."""
