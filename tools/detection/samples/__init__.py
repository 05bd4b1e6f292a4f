"""The sample files: each module returns those of a kind by name. All bytes are our own, by the formats' programs."""
