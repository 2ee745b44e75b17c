"""Bundles for the Open Policy Agent."""
