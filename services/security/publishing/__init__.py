"""What is written for enforcement points: files that one connector each keeps, and bundles that the daemon serves."""
