"""A model as a workbook, as a page, as pages of lines. No figure is computed here; nothing else knows these formats."""
