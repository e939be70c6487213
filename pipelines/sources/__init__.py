"""From delivered files to facts: land, read, shape, parse, stage, conform. Nothing here computes an indicator or prints a report."""
