"""All statements, by topic. A function is named after what it asks or changes; it takes a session and plain values."""
