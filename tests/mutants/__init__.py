"""The mutation tester: small changes to the modules that decide, which some test is to notice."""
