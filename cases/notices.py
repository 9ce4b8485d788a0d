"""INTERIM by the lead; helper L replaces this file whole."""
from typing import Any
def plan(case: Any, event: Any) -> None:
    pass
