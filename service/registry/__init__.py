"""The publishing registry: what its records say, and how they are harvested.

`records` writes what one record is, `service_records` and `resource_records` what each says,
`holdings` brings them together; `harvest` selects and pages, and knows nothing of what they say.
"""
