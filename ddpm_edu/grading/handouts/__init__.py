"""What students are given, and what a grading system needs to judge it; no answer is in either."""
