// The one control of the place in a training run: figures of the same run hear of it and show themselves as they were.
//
// The place outlives the element, for Streamlit may mount it again: it is kept on the window, and told by an event.

const PARAM = "epoch";
const FRAME_MS = 800;

/** `run`: which run; `name`: its place as the URL says it, null at the newest; `isPlaying`: whether it moves on by itself. */
const shared = (window.digitlabReplay ??= { run: null, name: null, isPlaying: false });
const controls = new WeakMap();

class Replay {
  constructor(place) {
    this.place = place;
    this.slider = place.querySelector("input");
    this.play = place.querySelector("button");
    this.speed = place.querySelector("select");
    this.words = place.querySelector("output");
    this.slider.oninput = () => this.goTo(Number(this.slider.value), false);
    this.slider.onchange = () => this.writeUrl();
    this.onNews = ({ detail: { key, data } }) => key === this.data?.key && this.show({ ...this.data, ...data });
    window.addEventListener("digitlab:news", this.onNews);
    this.play.onclick = () => (this.timer ? this.stop() : this.start());
  }

  show(data) {
    this.data = data;
    const places = data.places;
    this.place.dataset.state = places.length > 1 ? "ready" : "empty";
    for (const part of [this.slider, this.play, this.speed]) part.disabled = places.length < 2;
    if (places.length && shared.run !== data.run) {
      // What the URL says belongs to the run that the page was opened with, not to one that is started on it.
      const isFirst = shared.run === null;
      this.stop();
      shared.run = data.run;
      shared.name = isFirst ? data.start : null;
      if (!isFirst) this.writeUrl();
    }
    this.slider.max = Math.max(0, places.length - 1);
    this.slider.setAttribute("aria-label", data.label);
    this.draw();
    this.tell();
  }

  index() {
    const found = this.data.places.findIndex(({ name }) => name === shared.name);
    return found < 0 ? this.data.places.length - 1 : found;
  }

  goTo(index, isFinal = true) {
    const last = this.data.places.length - 1;
    // At the newest place it goes on with the run.
    shared.name = index >= last ? null : this.data.places[Math.max(0, index)].name;
    this.draw();
    this.tell();
    if (isFinal) this.writeUrl();
  }

  draw() {
    const place = this.data.places[this.index()];
    this.slider.value = String(Math.max(0, this.index()));
    this.words.textContent = place ? place.said : this.data.empty;
    this.slider.setAttribute("aria-valuetext", place ? place.said : this.data.empty);
    this.play.textContent = this.timer ? "❚❚" : "▶";
    this.play.setAttribute("aria-label", this.timer ? "Pause" : "Play");
    this.place.dataset.at = place?.name ?? "";
  }

  start() {
    if (this.index() >= this.data.places.length - 1) this.goTo(0);
    this.timer = setInterval(() => this.step(), FRAME_MS / Number(this.speed.value));
    this.speed.onchange = () => this.timer && (this.stop(), this.start());
    this.draw();
  }

  step() {
    const next = this.index() + 1;
    this.goTo(next, false);
    if (next >= this.data.places.length - 1) this.stop();
  }

  stop() {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = null;
    this.writeUrl();
    this.draw();
    this.tell();
  }

  tell() {
    shared.isPlaying = Boolean(this.timer);
    window.dispatchEvent(new CustomEvent("digitlab:replay", { detail: { ...shared } }));
  }

  writeUrl() {
    const url = new URL(window.location.href);
    if (shared.name === null) url.searchParams.delete(PARAM);
    else url.searchParams.set(PARAM, shared.name);
    (window.digitlabWritten ??= {})[PARAM] = shared.name;
    // The same state object: Streamlit keeps in it what Back and Forward need.
    if (url.href !== window.location.href) window.history.replaceState(window.history.state, "", url);
  }
}

export default function ({ data, parentElement }) {
  const place = parentElement.querySelector(".replay");
  const control = controls.get(place) ?? new Replay(place);
  controls.set(place, control);
  control.show(data);
  window.dispatchEvent(new CustomEvent("digitlab:shown", { detail: data.key }));
  return () => {
    control.stop();
    window.removeEventListener("digitlab:news", control.onNews);
    controls.delete(place);
  };
}
