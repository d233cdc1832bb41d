"""Mistakes people make, each as what it changes in a function that is right."""
