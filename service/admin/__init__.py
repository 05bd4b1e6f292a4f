"""Commands for operators: they run where the service's environment is."""
