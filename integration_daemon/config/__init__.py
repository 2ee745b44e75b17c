"""The configuration document: its Structs, and loading, checking, completing and storing it."""
