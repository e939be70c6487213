"""A report as data, the writers that print it, and one module for each report. No figure is computed in a writer or a template."""
