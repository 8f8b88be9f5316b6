"""A FIELD of a VOTable as it is written, before its name is settled (VOTable 1.4, section 4.1)."""

from __future__ import annotations

from satvo.ingest.tables.columns import Column, Declared, declare
from satvo.schemas.errors import BadParameter

__all__ = ["FieldElement"]


class FieldElement:
    """One FIELD with what stands in it.

    Parameters
    ----------
    attributes : dict
        Its XML attributes.

    Attributes
    ----------
    name : str
        Its name, else its ID, else nothing.
    description : str
    """

    def __init__(self, attributes: dict[str, str]) -> None:
        self.name = attributes.get("name", "").strip() or attributes.get("ID", "").strip()
        self.description = ""
        self._attributes = attributes
        self._null = ""

    def add_values(self, attributes: dict[str, str]) -> None:
        """Take a VALUES element; the first null that is told counts."""
        self._null = self._null or attributes.get("null", "")

    def declared(self, name: str) -> Declared:
        """The column under its final name.

        Raises
        ------
        BadParameter
            If it has no datatype, or one that cannot be taken.
        """
        about = {key: value.strip() for key, value in self._attributes.items()}
        if "datatype" not in about:
            raise BadParameter(f"column {name}: FIELD has no datatype")
        column = Column(
            name,
            about["datatype"],
            about.get("arraysize", ""),
            about.get("xtype", ""),
            about.get("unit", ""),
            about.get("ucd", ""),
            about.get("utype", ""),
            self.description,
        )
        return declare(column, null_text=self._null)
