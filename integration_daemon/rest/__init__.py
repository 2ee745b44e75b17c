"""REST: tables of routes that parse requests, check permissions, call operations and encode answers."""
