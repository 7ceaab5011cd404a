"""Digit Lab without a screen: data, models, training, analysis, figures and runs.

Everything here works from a notebook, a script or the command line. Nothing here imports Streamlit.
"""
