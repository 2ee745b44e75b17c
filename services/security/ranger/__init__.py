"""Tags for Apache Ranger."""
