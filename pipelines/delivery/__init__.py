"""Who is told what: messages about what was published and found, slices of it, and how they reach people.

What is said comes from facts of the home alone; the clock is read only to date and sign what is sent.
"""
