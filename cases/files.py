"""INTERIM by the lead; helper L replaces this file whole."""
from typing import Any
def keep_upload(upload: Any, *, case: Any = None, held_for: str = "", from_business: bool = True, by_user: Any = None) -> Any:
    raise AssertionError
