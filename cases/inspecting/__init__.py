"""Reading files that strangers made, in a process of its own with little of everything (see ``cases.confined``).

Nothing here imports Django or our own rooms: the process starts fast and knows no secret.
"""
