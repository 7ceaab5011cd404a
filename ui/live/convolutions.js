// A CNN’s convolutions over one image: filters, feature maps and pooling, and one filter slid over the pixels. The browser
// computes all of it: neither a step of the filter nor another place of the training run needs a run of the script.

const REPLAY = "digitlab:replay";
const [SIDE, KERNEL] = [28, 5];
const PLACES = SIDE - KERNEL + 1;
const [TILE, GAP, COLUMNS, ZOOM] = [96, 6, 8, 7];
const STEP_MS = 40;
const MOST_KEPT = 60;
const PARAMS = { filter: "filter", row: "filter_row", column: "filter_column" };
const all = new WeakMap();

const floatsOf = ({ float32 }) => new Float32Array(Uint8Array.from(atob(float32), (letter) => letter.charCodeAt(0)).buffer);
const bytesOf = (hexadecimal) => Uint8Array.from(hexadecimal.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const colourOf = (colour) => [1, 3, 5].map((place) => parseInt(colour.slice(place, place + 2), 16));
const signed = (number) => `${number < 0 ? "−" : "+"}${Math.abs(number).toFixed(3)}`;
const strong = (text) => Object.assign(document.createElement("strong"), { textContent: text });
const largest = (numbers) => numbers.reduce((most, number) => Math.max(most, Math.abs(number)), 1e-12);

/** Filters without padding and ReLU, then the largest of each 2 × 2. */
function convolve(maps, side, { weights, biases, inputs }) {
  const [filters, out] = [biases.length, side - KERNEL + 1];
  const half = out / 2;
  const [filtered, pooled] = [new Float32Array(filters * out * out), new Float32Array(filters * half * half)];
  for (let filter = 0; filter < filters; filter += 1)
    for (let row = 0; row < out; row += 1)
      for (let column = 0; column < out; column += 1) {
        let sum = biases[filter];
        for (let input = 0; input < inputs; input += 1)
          for (let r = 0; r < KERNEL; r += 1)
            for (let c = 0; c < KERNEL; c += 1)
              sum += maps[(input * side + row + r) * side + column + c] * weights[((filter * inputs + input) * KERNEL + r) * KERNEL + c];
        const value = Math.max(0, sum);
        const place = (filter * half + (row >> 1)) * half + (column >> 1);
        filtered[(filter * out + row) * out + column] = value;
        pooled[place] = Math.max(pooled[place], value);
      }
  return { filters, inputs, weights, biases, side: out, filtered, pooled };
}

/** A square of numbers, each one pixel of the colour that it is given. */
function pictureOf(side, colourAt) {
  const picture = Object.assign(document.createElement("canvas"), { width: side, height: side });
  const image = new ImageData(side, side);
  for (let place = 0; place < side * side; place += 1) image.data.set([...colourAt(place), 255], 4 * place);
  picture.getContext("2d").putImageData(image, 0, 0);
  return picture;
}

/** One picture, as large as the canvas. */
function fill(canvas, size, picture) {
  Object.assign(canvas, { width: size, height: size });
  const pen = canvas.getContext("2d");
  pen.imageSmoothingEnabled = false;
  pen.drawImage(picture, 0, 0, size, size);
  return pen;
}

class Convolutions {
  constructor(place) {
    this.place = place;
    this.fetched = new Map();
    this.filterPart = place.querySelector(".conv-filter");
    this.mapsPart = place.querySelector(".conv-maps");
    this.missing = place.querySelector(".conv-missing");
    this.fields = [...place.querySelectorAll(".conv-fields input")];
    this.button = place.querySelector(".conv-fields button");
    this.image = place.querySelector(".conv-image");
    for (const field of this.fields) {
      field.oninput = () => field.value !== "" && this.goTo({ [field.name]: Number(field.value) });
      field.onchange = () => (this.goTo({ [field.name]: Number(field.value) }), this.rest());
    }
    this.button.onclick = () => (this.timer ? this.rest() : this.slide());
    this.image.onpointerdown = (event) => (this.image.setPointerCapture(event.pointerId), this.drag(event));
    this.image.onpointermove = (event) => this.image.hasPointerCapture(event.pointerId) && this.drag(event);
    this.image.onpointerup = () => this.rest();
    this.image.onkeydown = (event) => this.press(event);
    this.onReplay = () => (place.isConnected ? this.follow() : window.removeEventListener(REPLAY, this.onReplay));
    window.addEventListener(REPLAY, this.onReplay);
    this.onBack = () => (place.isConnected ? this.takeUrl() : window.removeEventListener("popstate", this.onBack));
    window.addEventListener("popstate", this.onBack);
  }

  show(data) {
    this.data = data;
    this.at ??= this.placeInUrl();
    this.bytes = bytesOf(data.image);
    this.pixels = Float32Array.from(this.bytes, (byte) => (byte / 255 - data.mean) / data.std);
    this.filterPart.hidden = !data.shows.includes("filter");
    this.mapsPart.hidden = !data.shows.includes("maps");
    if (this.filters === undefined || this.replayed() === null) this.change(data.filters);
    this.follow();
  }

  /** The filter and its place as the URL says; what it leaves out, or cannot be, is as usual. */
  placeInUrl() {
    const params = new URL(window.location.href).searchParams;
    const { usual, last } = this.data;
    const read = (name, text) => (/^\d{1,2}$/.test(text ?? "") && Number(text) <= last[name] ? Number(text) : usual[name]);
    return Object.fromEntries(Object.entries(PARAMS).map(([name, param]) => [name, read(name, params.get(param))]));
  }

  /** Back and Forward have changed the URL. */
  takeUrl() {
    this.at = this.placeInUrl();
    if (!this.filterPart.hidden) this.goTo({});
  }

  /** The address of the filters at the place of the run that the control names; null at the newest. */
  replayed() {
    const { run, name } = window.digitlabReplay ?? {};
    const { replay } = this.data;
    return (replay !== null && run === replay.run && replay.places[name ?? ""]) || null;
  }

  /** Show the place that the control is at; of places that it passes meanwhile, none is asked for. */
  async follow() {
    if (this.isFollowing) return;
    this.isFollowing = true;
    try {
      let address, filters;
      do {
        address = this.replayed();
        filters = address === null ? this.data.filters : await this.fetch(address);
        // Where there are none, those that are shown stay, over the image of now.
        if (address === this.replayed()) this.change(filters ?? this.filters);
      } while (address !== this.replayed());
      this.missing.hidden = filters !== null;
      if (filters !== null) this.place.dataset.at = address ?? "";
    } finally {
      this.isFollowing = false;
    }
  }

  /** Filters from the server, or some that have been shown before; null where they are gone, or nothing has come. */
  async fetch(address) {
    if (this.fetched.has(address)) return this.fetched.get(address);
    const answer = await fetch(new URL(address, location.href)).catch(() => null);
    const filters = answer?.ok ? await answer.text().catch(() => null) : null;
    if (this.fetched.size >= MOST_KEPT) this.fetched.clear();
    // What has not come this time is asked for again.
    if (filters !== null || answer?.status === 404) this.fetched.set(address, filters);
    return filters;
  }

  change(filters) {
    const drawn = [filters, this.data.image, this.data.captions[0].maps].join();
    if (drawn === this.drawn) return;
    [this.drawn, this.filters] = [drawn, filters];
    let [maps, side] = [this.pixels, SIDE];
    this.convolutions = JSON.parse(filters).map(({ weight, bias }) => {
      const found = convolve(maps, side, { weights: floatsOf(weight), biases: floatsOf(bias), inputs: weight.shape[1] });
      [maps, side] = [found.pooled, found.side / 2];
      return found;
    });
    if (!this.mapsPart.hidden) this.drawMaps();
    if (!this.filterPart.hidden) this.goTo({});
  }

  colourOf(value, most) {
    const colour = colourOf(value > 0 ? this.data.positive : this.data.negative);
    return colour.map((part) => Math.floor((part * Math.abs(value)) / most));
  }

  drawMaps() {
    const rows = this.convolutions.flatMap((found, number) => {
      const { filters, side, inputs, weights, filtered, pooled } = found;
      // One scale for all maps of a convolution, before and after pooling: what is brighter is larger.
      const most = largest(filtered);
      const grey = (value) => Array(3).fill(Math.round((255 * value) / most));
      const own = Array.from({ length: filters }, (_, filter) => largest(weights.subarray(filter * KERNEL ** 2, (filter + 1) * KERNEL ** 2)));
      const captions = this.data.captions[number];
      const title = document.createElement("p");
      title.append(strong(captions.title));
      return [
        title,
        ...(inputs === 1
          ? [this.row(filters, KERNEL, (n, p) => this.colourOf(weights[n * KERNEL ** 2 + p], own[n]), captions.filters)]
          : []),
        this.row(filters, side, (n, p) => grey(filtered[n * side ** 2 + p]), captions.maps),
        this.row(filters, side / 2, (n, p) => grey(pooled[(n * side ** 2) / 4 + p]), captions.pooled),
      ];
    });
    this.mapsPart.replaceChildren(...rows);
  }

  /** Pictures side by side, mid-grey between them. */
  row(count, side, colourAt, caption) {
    const columns = Math.min(COLUMNS, count);
    const [width, height] = [columns, Math.ceil(count / columns)].map((tiles) => tiles * (TILE + GAP) - GAP);
    const canvas = Object.assign(document.createElement("canvas"), { width, height, role: "img", ariaLabel: caption });
    const pen = canvas.getContext("2d");
    pen.imageSmoothingEnabled = false;
    pen.fillStyle = "#808080";
    pen.fillRect(0, 0, width, height);
    for (let number = 0; number < count; number += 1) {
      const [left, top] = [number % columns, Math.floor(number / columns)].map((tile) => tile * (TILE + GAP));
      pen.drawImage(pictureOf(side, (place) => colourAt(number, place)), left, top, TILE, TILE);
    }
    const figure = document.createElement("figure");
    figure.append(canvas, Object.assign(document.createElement("figcaption"), { textContent: caption }));
    return figure;
  }

  /** Lay the filter elsewhere; what is no place becomes the nearest. */
  goTo(place) {
    const { last } = this.data;
    for (const name of Object.keys(PARAMS)) {
      const wanted = Math.round(place[name] ?? this.at[name]);
      this.at[name] = Math.min(Math.max(0, Number.isFinite(wanted) ? wanted : 0), last[name]);
    }
    for (const field of this.fields) {
      field.max = last[field.name];
      if (field !== document.activeElement || Number(field.value) !== this.at[field.name]) field.value = this.at[field.name];
    }
    this.drawFilter();
  }

  drag({ offsetX, offsetY }) {
    if (this.timer) this.rest();
    const [column, row] = [offsetX, offsetY].map((x) => Math.floor((x * SIDE) / this.image.clientWidth) - (KERNEL >> 1));
    this.goTo({ row, column });
  }

  press(event) {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    this.goTo({ row: this.at.row + step[0], column: this.at.column + step[1] });
    this.rest();
  }

  /** From here on place by place, row by row; from the first one where it is at the end. */
  slide() {
    if (this.at.row === PLACES - 1 && this.at.column === PLACES - 1) this.goTo({ row: 0, column: 0 });
    this.timer = setInterval(() => this.step(), STEP_MS);
    this.drawFilter();
  }

  step() {
    const next = this.at.row * PLACES + this.at.column + 1;
    if (!this.place.isConnected) return clearInterval(this.timer);
    if (next >= PLACES ** 2) return this.rest();
    this.goTo({ row: Math.floor(next / PLACES), column: next % PLACES });
  }

  /** It stays where it is, and the URL says so. */
  rest() {
    clearInterval(this.timer);
    this.timer = null;
    this.drawFilter();
    const url = new URL(window.location.href);
    const written = (window.digitlabWritten ??= {});
    for (const [name, param] of Object.entries(PARAMS)) {
      written[param] = this.at[name] === this.data.usual[name] ? null : String(this.at[name]);
      if (written[param] === null) url.searchParams.delete(param);
      else url.searchParams.set(param, written[param]);
    }
    // The same state object: Streamlit keeps in it what Back and Forward need.
    if (url.href !== window.location.href) window.history.replaceState(window.history.state, "", url);
  }

  drawFilter() {
    const { filter, row, column } = this.at;
    const [found] = this.convolutions;
    const here = row * PLACES + column;
    const weights = found.weights.subarray(filter * KERNEL ** 2, (filter + 1) * KERNEL ** 2);
    const under = Float32Array.from(weights, (_, place) => this.pixels[(row + Math.floor(place / KERNEL)) * SIDE + column + (place % KERNEL)]);
    const products = Array.from(weights, (weight, place) => weight * under[place]);
    const map = found.filtered.subarray(filter * PLACES ** 2, (filter + 1) * PLACES ** 2);
    const [size, most] = [SIDE * ZOOM, largest(map)];
    const frame = (canvas, side, picture, width) => {
      const pen = fill(canvas, size, picture);
      const zoom = size / side;
      Object.assign(pen, { strokeStyle: this.data.frame, lineWidth: 2 });
      pen.strokeRect(column * zoom + 1, row * zoom + 1, width * zoom - 2, width * zoom - 2);
    };
    frame(this.image, SIDE, pictureOf(SIDE, (place) => Array(3).fill(this.bytes[place])), KERNEL);
    for (const [name, numbers] of [["weights", weights], ["products", products]]) {
      const strongest = largest(numbers);
      fill(this.find(name), size, pictureOf(KERNEL, (place) => this.colourOf(numbers[place], strongest)));
    }
    // While it slides, the map fills.
    const grey = (place) => (this.timer && place > here ? [64, 64, 64] : Array(3).fill(Math.round((255 * map[place]) / most)));
    frame(this.find("map"), PLACES, pictureOf(PLACES, grey), 1);
    this.image.setAttribute("aria-valuenow", here);
    this.image.setAttribute("aria-valuetext", `row ${row}, column ${column}`);
    this.button.textContent = this.timer ? "❚❚ Pause" : "▶ Slide";
    this.say(products, found.biases[filter], map);
  }

  find(name) {
    return this.place.querySelector(`.conv-${name}`);
  }

  say(products, bias, map) {
    const { filter, row, column } = this.at;
    const sum = products.reduce((total, product) => total + product, 0);
    const [said, pooling] = [this.find("sum"), this.find("pool")];
    said.setAttribute("aria-live", this.timer ? "off" : "polite");
    said.replaceChildren(
      ...[`Sum of the products ${signed(sum)}, bias ${signed(bias)}: `, strong(signed(sum + bias)), "; after ReLU "],
      ...[strong(Math.max(0, sum + bias).toFixed(3)), ` in row ${row}, column ${column} of feature map ${filter}.`],
    );
    const [top, left] = [row & ~1, column & ~1];
    const block = [0, 1].flatMap((down) => [0, 1].map((right) => map[(top + down) * PLACES + left + right]));
    pooling.replaceChildren(
      `Pooling takes the places two by two. This one is in the block ${block.map((value) => value.toFixed(3)).join(", ")}: the largest, `,
      ...[strong(Math.max(...block).toFixed(3)), `, is row ${row >> 1}, column ${column >> 1} of the pooled map.`],
    );
  }
}

export default function (component) {
  const place = component.parentElement.querySelector(".live-convolutions");
  const convolutions = all.get(place) ?? new Convolutions(place);
  all.set(place, convolutions);
  convolutions.show(component.data);
}
