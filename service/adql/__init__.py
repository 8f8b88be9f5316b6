"""ADQL 2.1: query text to parse tree to typed core to the SQL of the store's engine."""

from satvo.service.adql.translation import Catalogue, Translated, translate

__all__ = ["Catalogue", "Translated", "translate"]
