"""The store: one interface, `interface.Store`, and the engines that fill it."""

from satvo.schemas.store.interface import Rows, Statement, Store, Transaction
from satvo.schemas.store.opening import open_store

__all__ = ["Rows", "Statement", "Store", "Transaction", "open_store"]
