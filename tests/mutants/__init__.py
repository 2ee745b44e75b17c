"""The mutation tester: small changes to the modules that make decisions, each of which a test should notice."""
