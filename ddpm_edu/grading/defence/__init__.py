"""Questions to a student about the student's own answers, made from the course's wrong functions.

Who understands an answer can say what becomes of it when a root is left out; who copied it cannot.
The student's code is only shown. What runs are functions of the catalogue.
"""
