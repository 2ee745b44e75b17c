"""The open metadata types: one Struct for each type, with the same inheritance.

Names and properties are those of the open metadata type system. Times are ISO 8601 in UTC, to the millisecond.
"""
