// Fits the drawing canvas into the page: it fills its place, and our three buttons stand for its own toolbar.
//
// The canvas (streamlit-drawable-canvas 0.13) lives in a shadow root and offers neither. What is relied on of its inside
// is in `PARTS`; a browser test finds every one of them, so that another version cannot pass unseen.
//
// It also loses its drawing at times: when two updates come close together, Streamlit takes the older one for gone and
// has the canvas thrown away. A new one begins as the server had it begin, so we ask the server to begin again.

const PARTS = {
  toolbar: ".dc-toolbar",
  box: ".dc-container",
  surface: "canvas.upper-canvas",
  send: '.dc-toolbar [aria-label="Update the app with this drawing"]',
  undo: '.dc-toolbar [aria-label="Undo"]',
  redo: '.dc-toolbar [aria-label="Redo"]',
  reset: '.dc-toolbar [aria-label="Reset canvas & history"]',
};

// The canvas keeps its own pixels, whatever size it is shown at, and works out where the mouse is from both.
const INSIDE = `
.dc-toolbar { display: none !important; }
.dc-root, .dc-scroll { width: 100% !important; max-width: none !important; overflow: hidden !important; }
.dc-container { width: 100% !important; height: auto !important; aspect-ratio: 1; }
.dc-container canvas, .dc-container .canvas-container { width: 100% !important; height: 100% !important; }
`;

const ANSWER_MS = 3000;
const all = new WeakMap();

class Tools {
  constructor(place) {
    this.place = place;
    this.buttons = Object.fromEntries([...place.querySelectorAll("button")].map((button) => [button.name, button]));
    for (const [name, button] of Object.entries(this.buttons)) button.addEventListener("click", () => this.press(name));
    this.outside = new MutationObserver(() => this.look());
    this.outside.observe(document.body, { childList: true, subtree: true });
    this.inside = new MutationObserver(() => (this.look(), this.update()));
    this.lifted = () => this.drawing && ((this.drawing = false), setTimeout(() => this.parts?.send.click(), 20));
    addEventListener("pointerup", this.lifted, true);
  }

  show(component) {
    const isNew = component.data.number !== this.component?.data.number;
    this.component = component;
    this.place.querySelector(".canvas-words").textContent = component.data.words;
    if (isNew) this.stopWaiting();
    this.look();
    this.restoreIfNeeded();
    this.update();
  }

  /** Find the canvas; whenever it is another one, fit that in. */
  look() {
    const shadow = document.querySelector(`.st-key-${this.component.data.canvas} [data-testid="stBidiComponentIsolated"]`)?.shadowRoot;
    if (shadow && shadow !== this.shadow) {
      this.shadow = shadow;
      this.inside.disconnect();
      this.inside.observe(shadow, { childList: true, subtree: true, attributes: true, attributeFilter: ["disabled"] });
      const style = document.createElement("style");
      style.textContent = INSIDE;
      shadow.append(style);
    }
    const root = shadow?.querySelector(".dc-root");
    if (!root || root === this.root) return;
    const parts = Object.fromEntries(Object.entries(PARTS).map(([name, selector]) => [name, root.querySelector(selector)]));
    const missing = Object.keys(parts).filter((name) => !parts[name]);
    if (missing.length) return this.waitFor(root, missing);
    [this.root, this.parts, this.untouched] = [root, parts, true];
    parts.surface.addEventListener("pointerdown", () => ((this.untouched = false), (this.drawing = true)), true);
    root.setAttribute("role", "img");
    root.setAttribute("aria-label", this.component.data.words);
    this.place.dataset.state = "ready";
    this.restoreIfNeeded();
    this.update();
  }

  /** It is being built, or it is another version: then its own toolbar stays, and the console says why. */
  waitFor(root, missing) {
    clearTimeout(this.complaint);
    this.complaint = setTimeout(() => {
      if (root.isConnected && this.root !== root) console.error(`The canvas has no ${missing.join(", ")}.`);
    }, ANSWER_MS);
  }

  /** A canvas that nobody has drawn on yet must show what the server knows. */
  restoreIfNeeded() {
    if (this.root?.isConnected && this.untouched && !this.component.data.is_whole) this.ask("restore");
  }

  press(name) {
    const { started_with: base } = this.component.data;
    if (name === "clear") return base === 0 ? this.parts.reset.click() : this.ask("clear");
    return this.parts[name].disabled ? this.ask(name) : this.parts[name].click();
  }

  /** Ask the server; until it has answered nobody draws what its answer would take away. */
  ask(what) {
    if (this.waiting) return;
    this.waiting = setTimeout(() => (this.stopWaiting(), this.restoreIfNeeded(), this.update()), ANSWER_MS);
    this.root.style.pointerEvents = "none";
    this.component.setTriggerValue("ask", { what, number: this.component.data.number });
    this.update();
  }

  stopWaiting() {
    clearTimeout(this.waiting);
    this.waiting = null;
    if (this.root) this.root.style.pointerEvents = "";
  }

  update() {
    if (!this.parts) return;
    const { started_with: base, undone } = this.component.data;
    const canUndo = !this.parts.undo.disabled || base > 0;
    const canRedo = !this.parts.redo.disabled || (this.parts.undo.disabled && undone > 0);
    for (const [name, can] of [["undo", canUndo], ["redo", canRedo], ["clear", canUndo]])
      this.buttons[name].disabled = Boolean(this.waiting) || !can;
  }

  remove() {
    this.outside.disconnect();
    this.inside.disconnect();
    clearTimeout(this.waiting);
    removeEventListener("pointerup", this.lifted, true);
  }
}

export default function (component) {
  const place = component.parentElement.querySelector(".canvas-tools");
  const tools = all.get(place) ?? new Tools(place);
  all.set(place, tools);
  tools.show(component);
  // Streamlit also calls this for an update that a newer one has overtaken; the element then stays.
  return () => {
    if (place.isConnected) return;
    tools.remove();
    all.delete(place);
  };
}
