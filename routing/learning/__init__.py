"""What is learned from sorted texts: a linear model over the words and pairs of characters of a text.

Decision record 0015 says why it is built this way and how well it does.
"""
