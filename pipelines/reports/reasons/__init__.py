"""Why a printed figure is what it is: computed again from its parts, numbered, with the lines behind it.

The formulas themselves are ``pipelines.reports.formulas``; the pages of lines are written by ``writers.explained``.
"""
