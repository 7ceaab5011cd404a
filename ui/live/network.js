// Draws a network as SVG and changes it in place; a unit under the mouse, the finger or the arrow keys shows its picture.

const SVG = "http://www.w3.org/2000/svg";
const REPLAY = "digitlab:replay";
const MOST_KEPT = 60;
const all = new WeakMap();
const bytesOf = (hexadecimal) => Uint8Array.from(hexadecimal.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const colourOf = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));

class Network {
  constructor(place) {
    this.place = place;
    this.svg = place.querySelector("svg");
    this.look = place.querySelector("figure");
    this.missing = place.querySelector(".network-missing");
    this.at = null;
    this.svg.addEventListener("pointerover", (event) => this.point(event));
    this.svg.addEventListener("pointerdown", (event) => this.point(event));
    this.svg.addEventListener("pointerleave", () => document.activeElement !== this.svg && this.choose(null));
    this.svg.addEventListener("focus", () => this.at ?? (this.svg.matches(":focus-visible") && this.choose(0)));
    this.svg.addEventListener("blur", () => this.choose(null));
    this.svg.addEventListener("keydown", (event) => this.step(event));
    this.fetched = new Map();
    this.onReplay = () => (place.isConnected ? this.follow() : window.removeEventListener(REPLAY, this.onReplay));
    window.addEventListener(REPLAY, this.onReplay);
  }

  show(data) {
    this.data = data;
    if (this.replayed() === null) this.change(data.picture);
    this.follow();
  }

  /** The address of the network at the place of its run that the control names; null at the newest. */
  replayed() {
    const { run, name } = window.digitlabReplay ?? {};
    const { replay } = this.data;
    const address = replay !== null && run === replay.run && replay.places[name ?? ""];
    return address ? `${address}?${replay.query}` : null;
  }

  /** Show the place that the control is at; of places that it passes meanwhile, none is asked for. */
  async follow() {
    if (this.isFollowing) return;
    this.isFollowing = true;
    try {
      let address, picture;
      do {
        address = this.replayed();
        picture = address === null ? this.data.picture : await this.fetch(address);
        if (picture !== null && address === this.replayed()) this.change(picture);
      } while (address !== this.replayed());
      this.missing.hidden = picture !== null;
      if (picture !== null) this.place.dataset.at = address ?? "";
    } finally {
      this.isFollowing = false;
    }
  }

  /** A picture from the server, or one that has been shown before; null where its weights are gone, or nothing has come. */
  async fetch(address) {
    if (this.fetched.has(address)) return this.fetched.get(address);
    const answer = await fetch(new URL(address, location.href)).catch(() => null);
    const picture = answer?.ok ? await answer.text().catch(() => null) : null;
    if (this.fetched.size >= MOST_KEPT) this.fetched.clear();
    // What has not come this time is asked for again.
    if (picture !== null || answer?.status === 404) this.fetched.set(address, picture);
    return picture;
  }

  change(picture) {
    if (picture === this.drawn) return;
    this.drawn = picture;
    this.picture = JSON.parse(picture);
    this.svg.setAttribute("aria-label", this.picture.alt);
    this.draw(this.picture);
    if (this.at !== null) this.choose(this.at < this.picture.units.length ? this.at : null);
  }

  draw({ width, height, square, pixels, links, units, titles }) {
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const box = { x: square.x, y: square.y, width: square.side, height: square.side };
    this.set(this.svg.querySelector(".network-square"), box);
    const image = this.svg.querySelector(".network-pixels");
    this.set(image, { ...box, href: pixels ? this.inkPicture(pixels) : "", visibility: pixels ? "visible" : "hidden" });
    this.fill(".network-links", "line", links, (link) => ({
      x1: link.x1, y1: link.y1, x2: link.x2, y2: link.y2, stroke: link.colour, "stroke-width": link.width, "stroke-opacity": link.opacity,
    }));
    const under = units.map(({ x, y, r }) => ({ cx: x, cy: y, r, class: "network-under" }));
    const lit = units.map(({ x, y, r, colour, share }, number) => ({
      cx: x, cy: y, r, fill: colour, "fill-opacity": share, class: "network-unit", "data-unit": number,
    }));
    this.fill(".network-units", "circle", [...under, ...lit], (circle) => circle);
    const words = [
      ...titles.map(({ x, text }) => ({ x, y: 20, "text-anchor": "middle", text })),
      ...units.filter(({ label }) => label).map(({ x, y, r, label }) => ({ x: x + r + 6, y: y + 6, "text-anchor": "start", text: label })),
    ];
    this.fill(".network-words", "text", words, ({ text, ...rest }) => rest, (element, { text }) => (element.textContent = text));
  }

  /** As many elements as there are items, each with the item's attributes; what is there already is used again. */
  fill(selector, name, items, attributes, more = () => {}) {
    const group = this.svg.querySelector(selector);
    while (group.children.length > items.length) group.lastElementChild.remove();
    while (group.children.length < items.length) group.append(document.createElementNS(SVG, name));
    items.forEach((item, number) => (this.set(group.children[number], attributes(item)), more(group.children[number], item)));
  }

  set(element, attributes) {
    for (const [name, value] of Object.entries(attributes))
      if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
  }

  inkPicture(pixels) {
    const canvas = Object.assign(document.createElement("canvas"), { width: 28, height: 28 });
    this.paint(canvas, Array.from(bytesOf(pixels), (value) => [value, value, value]));
    return canvas.toDataURL();
  }

  paint(canvas, colours) {
    const image = new ImageData(28, 28);
    colours.forEach((colour, pixel) => image.data.set([...colour, 255], 4 * pixel));
    canvas.getContext("2d").putImageData(image, 0, 0);
  }

  point(event) {
    const unit = event.target.dataset?.unit;
    if (unit !== undefined) this.choose(Number(unit));
    else if (event.type === "pointerover" && document.activeElement !== this.svg) this.choose(null);
  }

  /** Up and down within a layer, left and right to the nearest unit of the next one. */
  step(event) {
    const { units } = this.picture;
    const here = units[this.at];
    const move = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (event.key === "Escape") return this.choose(null);
    if (!move) return;
    event.preventDefault();
    if (!here) return this.choose(0);
    const [layers, places] = move;
    const there = units.findIndex((unit, number) => places && number === this.at + places && unit.layer === here.layer);
    if (places) return void (there >= 0 && this.choose(there));
    const next = units.map((unit, number) => [unit, number]).filter(([unit]) => unit.layer === here.layer + layers);
    next.sort(([a], [b]) => Math.abs(a.y - here.y) - Math.abs(b.y - here.y));
    if (next.length) this.choose(next[0][1]);
  }

  choose(unit) {
    this.at = unit;
    const ring = this.svg.querySelector(".network-here");
    this.look.hidden = unit === null;
    if (unit === null) return ring.setAttribute("visibility", "hidden");
    const { x, y, r, words, picture, terms } = this.picture.units[unit];
    this.set(ring, { cx: x, cy: y, r: r + 3, visibility: "visible" });
    this.look.querySelector("figcaption").textContent = words;
    const lines = terms.map((text) => Object.assign(document.createElement("li"), { textContent: text }));
    this.look.querySelector("ul").replaceChildren(...lines);
    const canvas = this.look.querySelector("canvas");
    canvas.hidden = picture < 0;
    if (picture >= 0) this.paint(canvas, this.signed(this.picture.pictures[picture]));
    this.putLook(x);
  }

  signed(picture) {
    const [forIt, against] = [colourOf(this.picture.positive), colourOf(this.picture.negative)];
    return Array.from(new Int8Array(bytesOf(picture).buffer), (value) =>
      (value > 0 ? forIt : against).map((part) => Math.round((part * Math.abs(value)) / 127)));
  }

  /** Beside the unit, on the side where there is room. */
  putLook(x) {
    const scroll = this.place.querySelector(".network-scroll");
    const at = (x / this.picture.width) * this.svg.clientWidth - scroll.scrollLeft;
    const width = this.look.offsetWidth;
    const left = at > scroll.clientWidth / 2 ? at - width - 28 : at + 28;
    this.look.style.left = `${Math.max(0, Math.min(left, scroll.clientWidth - width))}px`;
    this.look.style.top = `${Math.max(0, (this.svg.clientHeight - this.look.offsetHeight) / 2)}px`;
  }
}

export default function (component) {
  const place = component.parentElement.querySelector(".live-network");
  const network = all.get(place) ?? new Network(place);
  all.set(place, network);
  network.show(component.data);
}
