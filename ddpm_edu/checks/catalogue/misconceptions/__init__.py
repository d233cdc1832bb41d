"""What people get wrong, each as what it changes in a function that is right."""
