"""What belongs to a data product: the rows of DataLink."""
