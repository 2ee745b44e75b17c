"""What is known of one connector: its configuration, its state, its current run and what is requested of it."""
