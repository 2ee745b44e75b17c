"""The connector for Unity Catalog servers."""
