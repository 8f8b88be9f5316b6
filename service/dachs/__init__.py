"""Publishing the tables by DaCHS, from the PostgreSQL database that both then share."""
