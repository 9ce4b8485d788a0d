"""The staff side of the API; the same gate, forms and filter as the pages."""
