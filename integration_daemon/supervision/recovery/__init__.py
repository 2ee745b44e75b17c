"""What follows a failure: a restart after a delay, or a wait until a shared dependency is back."""
