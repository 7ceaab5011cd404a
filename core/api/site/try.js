// A canvas that is read at every stroke, here: the server is asked once, for the network.
import { digitOf } from "./digit.js";
import { networkFrom } from "./network.js";

const PEN = 20, SHOWN = 10;
const find = id => document.getElementById(id);
const { run, framing } = document.querySelector("main").dataset;
const drawing = find("drawing"), pen = drawing.getContext("2d", { willReadFrequently: true });
const seen = find("seen").getContext("2d");
const strokes = [];
let network, names = [], isAsked = false;

function draw() {
  pen.fillStyle = "#000";
  pen.fillRect(0, 0, drawing.width, drawing.height);
  Object.assign(pen, { strokeStyle: "#fff", lineWidth: PEN, lineCap: "round", lineJoin: "round" });
  for (const points of strokes) {
    pen.beginPath();
    points.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    if (points.length === 1) pen.lineTo(...points[0]);
    pen.stroke();
  }
  // Once for each picture on the screen, however many points have come.
  if (!isAsked) requestAnimationFrame(read);
  isAsked = true;
}

function read() {
  isAsked = false;
  const { data, width } = pen.getImageData(0, 0, drawing.width, drawing.height);
  const { pixels, hasStrokes } = digitOf(data.filter((_, i) => i % 4 === 0), width, framing);
  show(pixels);
  if (network) answer(hasStrokes ? network(pixels) : []);
}

function show(pixels) {
  const picture = seen.createImageData(28, 28);
  pixels.forEach((value, i) => picture.data.set([value, value, value, 255], 4 * i));
  seen.putImageData(picture, 0, 0);
}

function answer(probabilities) {
  const best = probabilities.indexOf(Math.max(...probabilities));
  find("label").textContent = best < 0 ? "" : names[best];
  find("verdict").textContent = best < 0 ? (strokes.length ? "There are no strokes to read." : "Nothing to read yet.")
    : `Most probable: ${names[best]}, ${percent(probabilities[best])} by the network’s own account.`;
  const shown = names.map((_, label) => label);
  // Of very many classes those that matter.
  if (names.length > SHOWN && best >= 0) shown.sort((a, b) => probabilities[b] - probabilities[a]);
  find("bars").replaceChildren(...shown.slice(0, SHOWN).map(label => bar(label, probabilities[label])));
}

function bar(label, probability) {
  const row = document.createElement("tr"), name = document.createElement("th"), share = document.createElement("progress");
  name.scope = "row";
  name.textContent = names[label];
  share.value = probability ?? 0;
  share.dataset.probability = probability ?? "";
  share.setAttribute("aria-label", `Probability of ${names[label]}`);
  row.append(name, document.createElement("td"), document.createElement("td"));
  row.children[1].append(share);
  row.children[2].textContent = probability === undefined ? "" : percent(probability);
  return row;
}

// As core/analysis/percent.py has them: never as a false certainty.
const percent = share => share > 0.999 ? "over 99.9%" : share < 0.001 ? "under 0.1%"
  : `${(100 * share).toFixed(share > 0.99 || share < 0.01 ? 1 : 0)}%`;

function place({ clientX, clientY }) {
  const box = drawing.getBoundingClientRect();
  return [(clientX - box.left) / box.width * drawing.width, (clientY - box.top) / box.height * drawing.height];
}

drawing.addEventListener("pointerdown", event => {
  if (event.button || !event.isPrimary) return;
  drawing.setPointerCapture(event.pointerId);
  strokes.push([place(event)]);
  draw();
});
drawing.addEventListener("pointermove", event => {
  if (!event.isPrimary || !drawing.hasPointerCapture(event.pointerId)) return;
  for (const moved of event.getCoalescedEvents?.() ?? [event]) strokes.at(-1).push(place(moved));
  draw();
});
find("undo").addEventListener("click", () => { strokes.pop(); draw(); });
find("clear").addEventListener("click", () => { strokes.length = 0; draw(); });

async function load() {
  const response = await fetch(`weights?run=${encodeURIComponent(run)}`), file = await response.json();
  if (!response.ok) throw new Error(file.error);
  network = networkFrom(file);
  names = file.class_names;
  const hidden = file.layers.map(layer => layer.kind === "convolution" ? `${layer.weight.shape[0]} filters` : layer.weight.shape[0]);
  find("about").textContent = `Its layers: ${hidden.join(", ")}.`;
}

draw();
load().then(draw, error => (find("verdict").textContent = error.message || "The network did not come: reload the page."));
