"""Where things are kept: rows in SQLite or PostgreSQL, bytes in files or S3."""
