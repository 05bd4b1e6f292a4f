"""Request schemas, by topic: bodies and queries of the contract, loaded into the domain's values."""
