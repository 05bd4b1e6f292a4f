"""Response schemas, by topic: the payloads inside the envelope. Sizes are bytes, times RFC 3339 in UTC."""
