"""The connector for catalogues of Apache Iceberg tables that have the Iceberg REST API."""
