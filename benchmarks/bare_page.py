"""The least that Streamlit can do with a chart and a canvas: what Home is measured against."""

import plotly.graph_objects as go
import streamlit as st
from streamlit_drawable_canvas import st_canvas

st.title("Bare page")
st_canvas(height=280, width=280, key="canvas")
st.plotly_chart(go.Figure(go.Bar(y=[1, 3, 2])))
