"""The endpoints: parse by schema, one call of the domain, answer by schema."""
