"""Files coming in: what reads them, and `load`, the only writer of ingested rows."""
