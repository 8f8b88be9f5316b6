"""YAML and JSON that strangers write, read safely."""

from __future__ import annotations

from collections import Counter
from typing import Any

import yaml
from satvo.schemas.errors import BadParameter

__all__ = ["read_plain_yaml"]


class _PlainLoader(yaml.SafeLoader):
    """Safe YAML without aliases: a few lines of them could stand for any amount of memory."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("aliases are not accepted")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        keys = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        for key, times in keys.items():
            if times > 1:
                raise yaml.YAMLError(f"{key[:40]} is given twice")
        return super().construct_mapping(node, deep)


def read_plain_yaml(content: bytes, what: str) -> Any:
    """What a YAML document holds, without aliases and with each key once; JSON is YAML too.

    Parameters
    ----------
    content : bytes
    what : str
        Begins the message, e.g. ``x.yaml: not a YAML definition``.

    Raises
    ------
    BadParameter
        If it is none.

    Examples
    --------
    >>> read_plain_yaml(b"a: 1", "x")
    {'a': 1}
    """
    try:
        return yaml.load(content, Loader=_PlainLoader)  # noqa: S506  derived from SafeLoader
    except RecursionError as err:
        raise BadParameter(f"{what}: it is nested too deep") from err
    except (yaml.YAMLError, ValueError) as err:  # a number of very many digits is a ValueError
        raise BadParameter(f"{what}: {' '.join(str(err).split())}") from err
