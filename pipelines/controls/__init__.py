"""What must tie out and what looks wrong (C1-C12): compares, lists, never changes a figure."""
