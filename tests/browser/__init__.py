"""The page in a real browser, as the service hands it out, on real parts."""
