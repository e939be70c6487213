"""One module a report: what it says, built as a model from marts; and beside them what several of them share.

What a report looks like is for ``writers``, what its figures come from for ``reasons``.
"""
