// Left and Right step through a list, wherever the focus is but in something that has its own use for them.
//
// The server is told which place the presses lead to, not how many they are: whoever gets only the last of several messages
// has missed nothing. What it shows belongs to the presses that it has heard of; those since then lead on from there.
// Messages go a few times a second at most, so that a key held down asks for few runs.

const OWN_USE = [
  ...["input", "textarea", "select", "canvas", "video", "[contenteditable]:not([contenteditable=false])"],
  ...["slider", "radio", "tab", "combobox", "listbox", "option", "menu", "menuitem", "grid", "spinbutton"].map(
    (role) => `[role=${role}]`,
  ),
].join(", ");
const BETWEEN_MESSAGES = 150;
const steppers = new WeakMap();

class Stepper {
  constructor() {
    this.since = String(Math.random());
    this.presses = this.sent = 0;
    this.press = this.press.bind(this);
    document.addEventListener("keydown", this.press);
  }

  press(event) {
    if (!this.component.parentElement.isConnected) return this.remove();
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const isForOthers = event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
    if (!step || isForOthers || event.target.closest?.(OWN_USE)) return;
    event.preventDefault();
    this.presses += step;
    this.timer ??= this.say();
  }

  say() {
    if (this.presses === this.sent) return (this.timer = null);
    this.sent = this.presses;
    const { place, count, since, heard } = this.component.data;
    const wanted = place + this.presses - (since === this.since ? heard : 0);
    const target = Math.min(Math.max(0, wanted), count - 1);
    this.presses = this.sent += target - wanted;
    this.component.setTriggerValue("step", { place: target, since: this.since, heard: this.presses });
    return (this.timer = setTimeout(() => this.say(), BETWEEN_MESSAGES));
  }

  remove() {
    clearTimeout(this.timer);
    document.removeEventListener("keydown", this.press);
  }
}

export default function (component) {
  const place = component.parentElement;
  if (!steppers.has(place)) steppers.set(place, new Stepper());
  steppers.get(place).component = component;
  return () => {
    // Streamlit also calls this for an update that a newer one has overtaken; the element then stays.
    if (place.isConnected) return;
    steppers.get(place)?.remove();
    steppers.delete(place);
  };
}
