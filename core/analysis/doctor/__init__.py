"""The training doctor: everything that is wrong with a run by its numbers, its weights and its images."""
