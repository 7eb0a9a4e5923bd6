"""The filter expression language: parsing, matching records, and SQL."""
