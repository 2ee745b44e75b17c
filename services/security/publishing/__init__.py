"""Publishing for enforcement points: files that each belong to one connector, and bundles that the daemon serves."""
