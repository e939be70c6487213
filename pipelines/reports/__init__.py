"""A report as data (``model``), said in ``definitions``, its figures explained by ``reasons``, its files made by ``writers``."""
