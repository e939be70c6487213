"""When and where the numbers are made: the Dagster code location and the command ``closebook``.

Assets, checks, partitions, resources, schedules and sensors live here, and nothing that decides what a figure is: that is
``pipelines``. Importing this package must stay cheap: modules of Dagster are imported where they are used.
"""
