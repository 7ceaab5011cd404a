// Tells the server where the control of a training run has come to rest, for what only the server can draw.

const EVENT = "digitlab:replay";
const RESTS_MS = 300;
const listeners = new WeakMap();

class Listener {
  constructor(place) {
    this.place = place;
    this.look = this.look.bind(this);
    window.addEventListener(EVENT, this.look);
  }

  show(component) {
    this.component = component;
    this.look();
  }

  look() {
    clearTimeout(this.timer);
    if (this.place.isConnected) this.timer = setTimeout(() => this.say(), RESTS_MS);
    else window.removeEventListener(EVENT, this.look);
  }

  say() {
    const { run, name, isPlaying } = window.digitlabReplay ?? {};
    const { data } = this.component;
    const at = name ?? "";
    if (run !== data.run || isPlaying || at === data.shows) return;
    this.component.setTriggerValue("place", { run, name: at });
  }
}

export default function (component) {
  const place = component.parentElement.querySelector(".live-place");
  const listener = listeners.get(place) ?? new Listener(place);
  listeners.set(place, listener);
  listener.show(component);
}
