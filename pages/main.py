"""The entry script: navigation and nothing else."""

# A worker process that replaces a killed one imports this file as its main module: it must then do nothing.
if __name__ == "__main__":
    import streamlit as st

    st.set_page_config(page_title="Digit Lab", page_icon="ui/icon.png", layout="wide")
    st.navigation(
        {
            "": [st.Page("home.py", title="Home", icon=":material/home:", url_path="home", default=True)],
            "Data": [
                st.Page("datasets.py", title="Datasets", icon=":material/database:", url_path="datasets"),
                st.Page("explore.py", title="Explore", icon=":material/grid_view:", url_path="explore"),
            ],
            "Network": [
                st.Page("train.py", title="Train", icon=":material/model_training:", url_path="train"),
                st.Page("evaluate.py", title="Evaluate", icon=":material/query_stats:", url_path="evaluate"),
                st.Page("errors.py", title="Errors", icon=":material/error_outline:", url_path="errors"),
                st.Page("draw.py", title="Draw", icon=":material/gesture:", url_path="draw"),
                st.Page("runs.py", title="Runs", icon=":material/inventory_2:", url_path="runs"),
            ],
            "Learn": [st.Page("learn.py", title="Learn", icon=":material/school:", url_path="learn")],
        }
    ).run()
