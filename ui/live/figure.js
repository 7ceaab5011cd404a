// Keeps one plotly figure in the page and updates it in place: a figure that changes is never taken away and mounted anew.
//
// Streamlit calls `show` after every run of the script with the same element, so that everything which must outlive
// one call is kept in `figures`, by element. A figure that nobody can see waits with what is new to it, and for its first
// drawing until the browser has nothing else to do.

const NEAR = "300px";
const figures = new WeakMap();
const SURELY_GONE = 500; // milliseconds
const LONGEST_WAIT = 2000; // milliseconds until what nobody has seen yet is drawn as well
const LIGHT = ["shapes", "images"];
let library = null;

/** Load plotly once, from the package that the server draws its figures with. */
function loadPlotly(address) {
  library ??= new Promise((resolve, reject) => {
    if (window.Plotly) return resolve(window.Plotly);
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => (window.Plotly ? resolve(window.Plotly) : reject(new Error(`${address} is not plotly`)));
    script.onerror = () => {
      // The next figure asks again.
      library = null;
      script.remove();
      reject(new Error(`${address} does not load`));
    };
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

/** Whether a frame changes nothing but lines and pictures that lie over a figure: plotly then draws those alone. */
function isLight(frame) {
  return frame === null || (!frame.data && Object.keys(frame.layout ?? {}).every((name) => LIGHT.includes(name)));
}

/** The figure with what a frame changes. */
function framed(figure, frame) {
  const data = (figure.data ?? []).map((trace, number) => {
    const changed = frame.data?.[number] ?? {};
    return { ...trace, ...changed, ...(trace.meta?.fit && changed.text ? { customdata: changed.text } : {}) };
  });
  return { ...figure, data, layout: { ...figure.layout, ...frame.layout } };
}

const pen = document.createElement("canvas").getContext("2d");

/** A text cut to a width in pixels, where it is wider. */
function fitted(text, room) {
  const fits = (words) => pen.measureText(words).width <= room;
  if (fits(text)) return text;
  let end = text.length - 1;
  while (end > 1 && !fits(`${text.slice(0, end)}…`)) end -= 1;
  return `${text.slice(0, end)}…`;
}

/** Captions in full where there is room: traces with `meta.fit`, their width on the axis, keep them as `customdata`. */
function fitCaptions(figure, width, font) {
  const [low, high] = figure.layout.xaxis?.range ?? [0, 1];
  for (const trace of figure.data) {
    if (!trace.meta?.fit) continue;
    pen.font = `${trace.textfont?.size ?? 12}px ${font}`;
    trace.text = trace.customdata.map((text) => fitted(text, (trace.meta.fit * width) / Math.abs(high - low)));
  }
}

/** The picture of the point under the mouse, cut out of a sheet that an element of the page holds. */
class Thumbnail {
  constructor(place) {
    this.place = place;
    this.element = document.createElement("div");
    this.element.className = "live-thumbnail";
    this.element.setAttribute("aria-hidden", "true");
    this.canvas = document.createElement("canvas");
    this.caption = document.createElement("span");
    this.element.append(this.canvas, this.caption);
    this.element.hidden = true;
    place.append(this.element);
  }

  show(point, { sheet, columns, side }) {
    const picture = document.getElementById(sheet);
    const number = Number(point.customdata);
    if (!picture?.complete || !Number.isInteger(number)) return this.hide();
    this.canvas.width = this.canvas.height = side;
    const [left, top] = [(number % columns) * side, Math.floor(number / columns) * side];
    this.canvas.getContext("2d").drawImage(picture, left, top, side, side, 0, 0, side, side);
    this.caption.textContent = String(point.text ?? point.data.name ?? "").replaceAll("<br>", "\n");
    this.element.hidden = false;
    this.move(point.xaxis._offset + point.xaxis.d2p(point.x), point.yaxis._offset + point.yaxis.d2p(point.y));
  }

  /** Beside the point, on the side with more room. */
  move(x, y) {
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const left = x > this.place.clientWidth / 2 ? x - width - 12 : x + 12;
    const top = Math.min(Math.max(0, y - height / 2), this.place.clientHeight - height);
    this.element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  hide() {
    this.element.hidden = true;
  }
}

/** Whether an element is on the screen now, before any observer has said so; one without a size is not. */
function isOnScreen(element) {
  const { top, bottom, width } = element.getBoundingClientRect();
  return width > 0 && bottom > 0 && top < window.innerHeight;
}

/** What Python hears of a point. */
function pointOf({ pointIndex, pointNumber, customdata }) {
  return { index: pointIndex ?? pointNumber, customdata: customdata ?? null };
}

class Figure {
  constructor(Plotly, place) {
    this.Plotly = Plotly;
    this.place = place;
    this.plot = document.createElement("div");
    this.plot.className = "live-plot";
    place.append(this.plot);
    // Until plotly has followed a change of its room it is larger than that: nothing to scroll to.
    place.closest('[data-testid="stElementContainer"]')?.style.setProperty("overflow", "clip");
    this.drawn = null;
    this.theme = "";
    this.queue = Promise.resolve();
    this.isRedrawing = false;
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(place);
    // The theme's colours are variables of an element above; whoever changes them changes a style or a class there.
    this.themes = new MutationObserver(() => this.recolour());
    this.observeTheme();
    this.isNear = isOnScreen(place);
    this.isDue = false;
    const near = { rootMargin: NEAR, scrollMargin: NEAR };
    this.places = new IntersectionObserver((seen) => this.look(seen.at(-1).isIntersecting), near);
    this.places.observe(place);
    this.wake = () => this.look(this.isNear);
    document.addEventListener("visibilitychange", this.wake);
    this.frames = {};
    this.news = {};
    this.onReplay = () => this.component && this.data.frames && this.update();
    this.onNews = ({ detail }) => detail.key === this.component?.data.key && detail.done.push(this.take(detail.data));
    window.addEventListener("digitlab:news", this.onNews);
    window.addEventListener("digitlab:replay", this.onReplay);
  }

  observeTheme() {
    for (let above = this.place; above; above = above.parentElement)
      this.themes.observe(above, { attributes: true, attributeFilter: ["class", "style"] });
  }

  /** Classes change with every run of the script, colours hardly ever. */
  recolour() {
    this.looksForTheme ??= requestAnimationFrame(() => {
      this.looksForTheme = null;
      if (JSON.stringify(pageTheme(this.place)) !== this.theme) this.update();
    });
  }

  /** Take note of whether it can be seen, and draw what has waited for that. */
  look(isNear) {
    this.isNear = isNear;
    if (this.canBeSeen && this.place.dataset.state === "waiting") this.update();
  }

  /** Leave the browser to what somebody looks at; draw for the first time after it, so that scrolling finds it done. */
  wait() {
    this.place.dataset.state = "waiting";
    if (this.drawn !== null || this.idle !== undefined) return;
    const whenIdle = window.requestIdleCallback ?? ((then) => setTimeout(then, LONGEST_WAIT));
    this.idle = whenIdle(
      () => {
        this.isDue = true;
        if (this.drawn === null) this.update();
      },
      { timeout: LONGEST_WAIT },
    );
  }

  get canBeSeen() {
    return this.isNear && !document.hidden;
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.place;
    if (this.drawn === null || !width || !height || (width === this.width && height === this.height)) return;
    [this.width, this.height] = [width, height];
    this.queue = this.queue.then(() => this.redraw(() => this.Plotly.Plots.resize(this.plot))).catch(() => {});
    if (this.hasCaptions) {
      // Drawn anew, for captions are cut to the width.
      this.drawn = this.base = "";
      this.update();
    }
  }

  /** Take what the script says now; updates queue up, and only the newest of those that wait is drawn. */
  show(component) {
    const { figure, revision } = component.data;
    const before = this.component?.data;
    // Shown again as it was, for instance in another theme, it keeps what it has heard since.
    const isNew = figure !== before?.figure || revision !== before.revision;
    if (isNew) this.news = {};
    this.component = component;
    if (isNew) window.dispatchEvent(new CustomEvent("digitlab:shown", { detail: component.data.key }));
    return this.update();
  }

  /** Take what is new of the figure between two runs of the script. */
  take(news) {
    this.news = news;
    return this.update();
  }

  get data() {
    return { ...this.component.data, ...this.news };
  }

  update() {
    this.queue = this.queue.then(() => this.draw());
    return this.queue;
  }

  async draw() {
    const { data } = this;
    this.place.setAttribute("role", "figure");
    this.place.setAttribute("aria-label", data.alt);
    if (!this.canBeSeen && (this.drawn !== null || !this.isDue)) return void this.wait();
    const theme = pageTheme(this.place);
    const colours = JSON.stringify(theme);
    const frame = frameOf(data.frames, this.frames);
    const wanted = data.figure + (frame ? JSON.stringify(frame) : "");
    if (wanted === this.drawn && colours === this.theme) return void (this.place.dataset.state = "drawn");
    const base = `${data.revision} ${colours} ${data.figure}`;
    if (this.base === base && isLight(frame) && isLight(this.frame)) return this.exchange(frame, wanted);
    const newest = JSON.parse(data.figure);
    const figure = frame ? framed(newest, frame) : { ...newest, data: newest.data ?? [] };
    const layout = themed(figure.layout ?? {}, theme);
    // A finger that moves over a chart scrolls the page.
    if (layout.dragmode === "zoom" && matchMedia("(pointer: coarse)").matches) layout.dragmode = false;
    layout.uirevision = data.revision;
    layout.selectionrevision = data.revision;
    // A click that selects would fade everything else.
    if (!data.events.includes("lasso")) layout.clickmode = "event";
    const config = { responsive: false, doubleClick: "reset", showTips: false, ...data.config };
    [this.width, this.height] = [this.place.clientWidth, this.place.clientHeight];
    const hovered = this.hovered;
    this.hasCaptions = figure.data.some((trace) => trace.meta?.fit);
    if (this.hasCaptions) fitCaptions({ ...figure, layout }, this.width, theme.font.family);
    if (data.thumbnails) for (const trace of figure.data) Object.assign(trace, { hoverinfo: "none", hovertemplate: "" });
    await this.redraw(() => this.Plotly.react(this.plot, figure.data, layout, config));
    [this.drawn, this.theme] = [wanted, colours];
    [this.base, this.frame] = [base, frame];
    this.parts = Object.fromEntries(LIGHT.map((name) => [name, newest.layout?.[name] ?? []]));
    this.place.dataset.state = "drawn";
    this.listen();
    if (hovered) this.hoverAgain(hovered);
  }

  /** Go to another frame of the figure that is drawn, where lines and pictures over it are all that changes. */
  async exchange(frame, wanted) {
    const parts = structuredClone({ ...this.parts, ...frame?.layout });
    await this.redraw(() => this.Plotly.relayout(this.plot, parts));
    [this.drawn, this.frame] = [wanted, frame];
    this.place.dataset.state = "drawn";
  }

  /** Let plotly draw. It says meanwhile what is selected in what it draws, which nobody has chosen. */
  async redraw(draw) {
    this.isRedrawing = true;
    try {
      await draw();
    } finally {
      this.isRedrawing = false;
    }
  }

  listen() {
    if (this.listening) return;
    this.listening = true;
    const say = (name, value) =>
      !this.isRedrawing && this.component.data.events.includes(name) && this.component.setTriggerValue(name, value);
    this.plot.on("plotly_click", (event) => say("click", event.points.map(pointOf)[0]));
    this.plot.on("plotly_selected", (event) => event && say("lasso", event.points.map(({ customdata }) => customdata ?? null)));
    this.plot.on("plotly_deselect", () => say("lasso", []));
    this.plot.on("plotly_hover", (event) => {
      this.hovered = event.points;
      this.showThumbnail(event.points[0]);
    });
    this.plot.on("plotly_unhover", () => {
      this.hovered = null;
      this.thumbnail?.hide();
    });
  }

  showThumbnail(point) {
    const { thumbnails } = this.component.data;
    if (!thumbnails) return this.thumbnail?.hide();
    this.thumbnail ??= new Thumbnail(this.place);
    this.thumbnail.show(point, thumbnails);
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
    // What waits for its first drawing is not to be drawn any more.
    this.drawn = "";
    this.sizes.disconnect();
    this.themes.disconnect();
    this.places.disconnect();
    document.removeEventListener("visibilitychange", this.wake);
    window.removeEventListener("digitlab:replay", this.onReplay);
    window.removeEventListener("digitlab:news", this.onNews);
    this.Plotly.purge(this.plot);
    this.plot.remove();
  }
}

/** Show a figure in `place`, or bring the one that is there up to date. */
export async function show(component, place, plotly) {
  let figure = figures.get(place);
  if (!figure) {
    const Plotly = await loadPlotly(plotly);
    figure = figures.get(place) ?? new Figure(Plotly, place);
    figures.set(place, figure);
  }
  await figure.show(component);
}

/**
 * Take the figure of an element that has left the page out of memory. Streamlit says so as well of an update that a newer
 * one has overtaken: then the element is still there.
 */
export function remove(place) {
  setTimeout(() => {
    if (place.isConnected) return;
    figures.get(place)?.remove();
    figures.delete(place);
  }, SURELY_GONE);
}
