"""Every page of the product, in the groups in which the menu shows them."""

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent


def navigate() -> None:
    """Draw the menu and the page that the URL names."""
    st.set_page_config(page_title="Digit Lab", page_icon=str(_HERE / "icon.png"), layout="wide")
    st.logo(str(_HERE / "logo.svg"), size="large", icon_image=str(_HERE / "icon.png"))
    st.html(_HERE / "style.css")
    st.navigation(
        {
            "": [
                st.Page("home.py", title="Home", icon=":material/home:", url_path="home", default=True),
                st.Page("learn.py", title="Learn", icon=":material/school:", url_path="learn"),
            ],
            "Data": [
                st.Page("datasets.py", title="Datasets", icon=":material/database:", url_path="datasets"),
                st.Page("explore.py", title="Explore", icon=":material/grid_view:", url_path="explore"),
            ],
            "Training": [
                st.Page("train.py", title="Train", icon=":material/model_training:", url_path="train"),
                st.Page("search.py", title="Search", icon=":material/manage_search:", url_path="search"),
                st.Page("runs.py", title="Runs", icon=":material/inventory_2:", url_path="runs"),
                st.Page("compare.py", title="Compare", icon=":material/compare_arrows:", url_path="compare"),
            ],
            "One network": [
                st.Page("evaluate.py", title="Evaluate", icon=":material/query_stats:", url_path="evaluate"),
                st.Page("errors.py", title="Errors", icon=":material/error_outline:", url_path="errors"),
                st.Page("draw.py", title="Draw", icon=":material/gesture:", url_path="draw"),
            ],
        }
    ).run()
