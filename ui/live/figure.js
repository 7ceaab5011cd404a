// Keeps one plotly figure in the page and updates it in place: a figure that changes is never taken away and mounted anew.
//
// Streamlit calls `show` after every run of the script with the same element, so that everything which must outlive
// one call is kept in `figures`, by element.

const figures = new WeakMap();
let library = null;

/** Load plotly once, from the package that the server draws its figures with. */
function loadPlotly(address) {
  library ??= new Promise((resolve, reject) => {
    if (window.Plotly) return resolve(window.Plotly);
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => (window.Plotly ? resolve(window.Plotly) : reject(new Error(`${address} is not plotly`)));
    script.onerror = () => reject(new Error(`${address} does not load`));
    document.head.append(script);
  });
  return library;
}

/** Colours and letters of the page, light or dark, as plotly's layout. */
function pageTheme(element) {
  const style = getComputedStyle(element);
  const of = (name, otherwise) => style.getPropertyValue(`--st-${name}`).trim() || otherwise;
  const text = of("text-color", style.color);
  return {
    font: { color: text, family: of("font", "sans-serif") },
    paper: of("background-color", "#fff"),
    label: of("secondary-background-color", "#eee"),
    line: of("border-color", "#888"),
    text,
  };
}

/** The figure's layout under the page's theme; what the figure says itself wins. */
function themed(layout, theme) {
  const axis = (own = {}) => ({ ...own, tickfont: { color: theme.text, ...own.tickfont } });
  const result = {
    ...layout,
    autosize: true,
    height: undefined,
    width: undefined,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: layout.plot_bgcolor ?? "rgba(0,0,0,0)",
    font: { ...theme.font, ...layout.font },
    hoverlabel: { bgcolor: theme.label, bordercolor: theme.line, ...layout.hoverlabel,
      font: { ...theme.font, ...layout.hoverlabel?.font } },
  };
  for (const name of Object.keys(layout)) if (/^[xy]axis\d*$/.test(name)) result[name] = axis(layout[name]);
  return result;
}

/** What of a figure is different at the place of a run that `window.digitlabReplay` names; null where nothing is. */
function frameOf(text, frames) {
  const { run, name } = window.digitlabReplay ?? {};
  if (!text || name === null || name === undefined) return null;
  if (frames.text !== text) Object.assign(frames, { text, read: JSON.parse(text) });
  return frames.read.run === run ? (frames.read.places[name] ?? null) : null;
}

/** The figure with what a frame changes. */
function framed(figure, frame) {
  const data = (figure.data ?? []).map((trace, number) => ({ ...trace, ...frame.data?.[number] }));
  return { ...figure, data, layout: { ...figure.layout, ...frame.layout } };
}

/** What Python hears of a point. */
function pointOf({ curveNumber, pointIndex, pointNumber, customdata, x, y }) {
  return { curve: curveNumber, index: pointIndex ?? pointNumber, customdata: customdata ?? null, x: x ?? null, y: y ?? null };
}

class Figure {
  constructor(Plotly, place) {
    this.Plotly = Plotly;
    this.place = place;
    this.plot = document.createElement("div");
    this.plot.className = "live-plot";
    place.append(this.plot);
    this.drawn = "";
    this.queue = Promise.resolve();
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(place);
    // The theme's colours are variables of an element above; whoever changes them changes a style or a class there.
    this.themes = new MutationObserver(() => this.update());
    this.observeTheme();
    this.frames = {};
    this.onReplay = () => this.component?.data.frames && this.update();
    window.addEventListener("digitlab:replay", this.onReplay);
  }

  observeTheme() {
    for (let above = this.place; above; above = above.parentElement)
      this.themes.observe(above, { attributes: true, attributeFilter: ["class", "style"] });
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.place;
    if (!this.drawn || !width || !height || (width === this.width && height === this.height)) return;
    [this.width, this.height] = [width, height];
    this.queue = this.queue.then(() => this.Plotly.Plots.resize(this.plot)).catch(() => {});
  }

  /** Take what the script says now; updates queue up, and only the newest of those that wait is drawn. */
  show(component) {
    this.component = component;
    return this.update();
  }

  update() {
    this.queue = this.queue.then(() => this.draw());
    return this.queue;
  }

  async draw() {
    const { data } = this.component;
    this.place.setAttribute("role", "figure");
    this.place.setAttribute("aria-label", data.alt);
    const theme = pageTheme(this.place);
    const frame = frameOf(data.frames, this.frames);
    const wanted = JSON.stringify(theme) + data.figure + (frame ? JSON.stringify(frame) : "");
    if (wanted === this.drawn) return void (this.place.dataset.state = "drawn");
    const newest = JSON.parse(data.figure);
    const figure = frame ? framed(newest, frame) : newest;
    const layout = themed(figure.layout ?? {}, theme);
    layout.uirevision = data.revision;
    layout.selectionrevision = data.revision;
    const config = { displayModeBar: false, responsive: false, doubleClick: "reset", showTips: false, ...data.config };
    [this.width, this.height] = [this.place.clientWidth, this.place.clientHeight];
    const hovered = this.hovered;
    await this.Plotly.react(this.plot, figure.data ?? [], layout, config);
    this.drawn = wanted;
    this.place.dataset.state = "drawn";
    this.listen();
    if (hovered) this.hoverAgain(hovered);
  }

  listen() {
    if (this.listening) return;
    this.listening = true;
    const say = (name, value) => this.component.data.events.includes(name) && this.component.setTriggerValue(name, value);
    this.plot.on("plotly_click", (event) => say("click", event.points.map(pointOf)[0]));
    this.plot.on("plotly_selected", (event) => event && say("lasso", event.points.map(({ customdata }) => customdata ?? null)));
    this.plot.on("plotly_deselect", () => say("lasso", []));
    this.plot.on("plotly_hover", (event) => (this.hovered = event.points));
    this.plot.on("plotly_unhover", () => (this.hovered = null));
  }

  hoverAgain(points) {
    const there = points.map(({ curveNumber, pointNumber }) => ({ curveNumber, pointNumber }));
    try {
      this.Plotly.Fx.hover(this.plot, there);
    } catch {
      // The point under the mouse is gone with the figure that held it.
    }
  }

  remove() {
    this.sizes.disconnect();
    this.themes.disconnect();
    window.removeEventListener("digitlab:replay", this.onReplay);
    this.Plotly.purge(this.plot);
    this.plot.remove();
  }
}

/** Show a figure in `place`; returns what takes it away. */
export async function show(component, place, plotly) {
  let figure = figures.get(place);
  if (!figure) {
    const Plotly = await loadPlotly(plotly);
    figure = figures.get(place) ?? new Figure(Plotly, place);
    figures.set(place, figure);
  }
  await figure.show(component);
}

/** Take the figure of an element that leaves the page out of memory. */
export function remove(place) {
  figures.get(place)?.remove();
  figures.delete(place);
}
