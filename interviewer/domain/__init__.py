"""What an interview is and how it proceeds. Pure: standard library only, no I/O, no clock."""
