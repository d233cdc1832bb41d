"""Small edits of every solution, made by a program, and what the checks say of them."""
