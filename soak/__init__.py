"""Faults on purpose: what kills, fills, floods and feeds Digit Lab, and looks whether anything was lost."""
