"""REST: thin rows of a table that parse, authorise, call and encode."""
