"""How one file proves itself, without the warehouse: its digests, what was touched, whether its tie-outs hold, whose it is."""
