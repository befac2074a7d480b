"""Evidence files: a content-addressed store, safe decoding, and the one scoped door to them."""
