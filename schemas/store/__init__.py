"""The store: one interface, `interface.Store`, and the engines that fill it."""

from satvo.schemas.store.interface import Rows, Statement, Store, Transaction
from satvo.schemas.store.opening import check_store, open_store

__all__ = ["Rows", "Statement", "Store", "Transaction", "check_store", "open_store"]
