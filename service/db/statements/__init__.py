"""All statements, by topic. A function is named after its query or change; it takes a session and plain values."""
