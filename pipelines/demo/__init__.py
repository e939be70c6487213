"""Writes the demo company: master data, two years of business, messy files with planted faults, and the truth beside them.

Imports nothing of sources, metrics, controls or reports, so that its truth is independent of what it tests.
"""

from pipelines.demo.truth import DemoTruth
from pipelines.demo.writing import write_demo

__all__ = ["DemoTruth", "write_demo"]
