"""The endpoints: each parses by schema, calls the domain once, and responds by schema."""
