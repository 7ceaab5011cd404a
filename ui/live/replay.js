// The one control of the place in a training run: figures of the same run hear of it and show themselves as they were.
//
// The place outlives the element, for Streamlit may mount it again: it is kept on the window, and told by an event.

const PARAM = "epoch";
const FRAME_MS = 800;

/**
 * `run`: which run; `name`: its place as the URL says it, null at the newest; `isPlaying`: whether it moves on by itself;
 * `written`: what of it was in the URL last; `backTo`: path of the page that Back or Forward leads to.
 */
const shared = (window.digitlabReplay ??= { run: null, name: null, isPlaying: false, written: null, backTo: null });
const controls = new WeakMap();
const inUrl = (param) => new URL(window.location.href).searchParams.get(param);
let playing = null;

class Replay {
  constructor(place) {
    this.place = place;
    this.path = window.location.pathname;
    this.slider = place.querySelector("input");
    this.play = place.querySelector("button");
    this.speed = place.querySelector("select");
    this.words = place.querySelector("output");
    this.slider.oninput = () => this.goTo(Number(this.slider.value), false);
    this.slider.onchange = () => this.writeUrl();
    this.onNews = ({ detail: { key, data } }) => key === this.data?.key && this.show({ ...this.data, ...data });
    window.addEventListener("digitlab:news", this.onNews);
    this.onBack = () => this.takeUrl();
    window.addEventListener("popstate", this.onBack);
    this.play.onclick = () => (this.timer ? this.stop() : this.start());
  }

  show(data) {
    if (!this.place.isConnected) return this.remove();
    this.data = data;
    const places = data.places;
    this.place.dataset.state = places.length > 1 ? "ready" : "empty";
    for (const part of [this.slider, this.play, this.speed]) part.disabled = places.length < 2;
    if (places.length) this.settle();
    this.slider.max = Math.max(0, places.length - 1);
    this.slider.setAttribute("aria-label", data.label);
    this.draw();
    this.tell();
  }

  /** Agree with the address, where this control or its run has just come; go to the nearest place where its own is gone. */
  settle() {
    const { run, places, start } = this.data;
    const [isNew, isOther, before] = [!this.isSettled, shared.run !== run, shared.name];
    this.isSettled = true;
    if (isNew) playing?.halt();
    if (isOther) {
      this.halt();
      // What the URL says belongs to the run that it was opened with, not to one that is started on the page.
      shared.name = isNew || this.opened === run ? start : null;
      shared.run = run;
    } else if (isNew && (shared.backTo === this.path || ![null, shared.written].includes(inUrl(PARAM)))) {
      shared.name = this.nearest(inUrl(PARAM));
    } else if (before !== null && !places.some(({ name }) => name === before)) {
      shared.name = this.nearest(before);
    }
    this.opened = null;
    if (isNew) shared.backTo = null;
    if (isNew || isOther || shared.name !== before) this.writeUrl();
  }

  /** Back and Forward have changed the URL; where it names another run, the script shows that. */
  takeUrl() {
    if (!this.place.isConnected) return this.remove();
    if (window.location.pathname !== this.path) {
      // Another page: its own control, if it has one, takes the place from the address.
      this.halt();
      shared.backTo = window.location.pathname;
      return;
    }
    this.opened = inUrl("run");
    if (!this.data.places.length || shared.run !== (this.opened ?? shared.run)) return;
    this.halt();
    shared.written = inUrl(PARAM);
    shared.name = this.nearest(shared.written);
    this.draw();
    this.tell();
  }

  /** Name of the place that is nearest to this position; null for the newest, and for what is none. */
  nearest(position) {
    if (!position || !Number.isFinite(Number(position))) return null;
    const { places } = this.data;
    const away = ({ name }) => Math.abs(Number(name) - Number(position));
    const [found] = places.filter(({ name }) => Number.isFinite(Number(name))).sort((a, b) => away(a) - away(b));
    return found === undefined || found === places.at(-1) ? null : found.name;
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
    [playing, shared.isPlaying] = [this, true];
    this.timer = setInterval(() => this.step(), FRAME_MS / Number(this.speed.value));
    this.speed.onchange = () => this.timer && (this.stop(), this.start());
    this.draw();
  }

  step() {
    if (!this.place.isConnected) return this.remove();
    const next = this.index() + 1;
    this.goTo(next, false);
    if (next >= this.data.places.length - 1) this.stop();
  }

  stop() {
    if (!this.timer) return;
    this.halt();
    this.writeUrl();
    this.draw();
    this.tell();
  }

  /** Move on no more; what the URL says then is left to others, for it may be of another page by now. */
  halt() {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = playing = null;
    shared.isPlaying = false;
  }

  remove() {
    const wasPlaying = Boolean(this.timer);
    this.halt();
    if (wasPlaying) this.tell();
    window.removeEventListener("digitlab:news", this.onNews);
    window.removeEventListener("popstate", this.onBack);
    controls.delete(this.place);
  }

  tell() {
    window.dispatchEvent(new CustomEvent("digitlab:replay", { detail: { ...shared } }));
  }

  writeUrl() {
    const url = new URL(window.location.href);
    if (shared.name === null) url.searchParams.delete(PARAM);
    else url.searchParams.set(PARAM, shared.name);
    (window.digitlabWritten ??= {})[PARAM] = shared.written = shared.name;
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
  // Streamlit also calls this for an update that a newer one has overtaken; the element then stays.
  return () => place.isConnected || control.remove();
}
