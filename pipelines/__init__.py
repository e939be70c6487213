"""What the numbers are: plain Python and Polars.

Everything that decides what a figure is lives below this package, and can be run and tested without an
orchestrator. When and where it runs is ``assets``' business: nothing here imports Dagster or ``assets``.

The rooms, from the ground up (an upper room may use a lower one, never the reverse):

``errors``, ``money``     deliberate failures; exact arithmetic and rounding
``contracts``             every table: columns, types, grain, rules
``company``               what differs between companies: policy, calendar, layouts
``sources``               from delivered files to facts, with everything refused kept apart
``quality``               whether a row or a table keeps its contract
``metrics``               one module for each subject of the domain: plan and actual, receivables, dealers …
``controls``              what must tie out, and what looks wrong
``publish``               the warehouse and the shelf of published reports
``reports``               a report as data, and its writers
``demo``                  writes the demo company; knows nothing of metrics, controls or reports
"""
