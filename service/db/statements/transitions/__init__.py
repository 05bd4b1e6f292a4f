"""All transitions of uploads and files: one conditional UPDATE each, so that two processes cannot both make one.

Only transitions in the tables of `service.values.states` are allowed; any other is a bug and raises ValueError.
"""
