"""A metadata server as Egeria 4.3 is one, made from recordings of a real one and from what its source says."""
