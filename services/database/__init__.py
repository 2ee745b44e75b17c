"""The Database Integrator: metadata such as schemas, tables and columns of database managers."""
