"""What differs between companies: policy, calendar, layouts, read from one folder and validated when loaded.

Nothing here opens a delivered file or computes a figure; a new company is configured, not programmed.
"""
