"""HTTP: parse by schema, call the domain once, respond by schema."""
