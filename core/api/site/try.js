// A canvas that is read at every stroke, here: the server is asked once, for the network and for what judges it.
import { digitOf } from "./digit.js";
import { judgeFrom } from "./judge.js";
import { networkFrom } from "./network.js";

const PEN = 20, SHOWN = 10;
const find = id => document.getElementById(id);
const { run, framing } = document.querySelector("main").dataset;
const drawing = find("drawing"), pen = drawing.getContext("2d", { willReadFrequently: true });
const seen = find("seen").getContext("2d");
const strokes = [];
let network, judge, names = [], isAsked = false;

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
  const digit = digitOf(data.filter((_, i) => i % 4 === 0), width, framing);
  show(digit.pixels);
  if (network) answer(digit);
}

function show(pixels) {
  const picture = seen.createImageData(28, 28);
  pixels.forEach((value, i) => picture.data.set([value, value, value, 255], 4 * i));
  seen.putImageData(picture, 0, 0);
}

/** What the network reads, and whether that is worth believing, in the words of the dashboard. */
function answer({ pixels, hasStrokes, isSeveral, digits }) {
  if (!hasStrokes) return say("no_ink", sentence("no_ink"), [], []);
  if (isSeveral) {
    const each = digits.map(digit => reading(digit.pixels));
    return say("several_digits", numberSentence(each), each, []);
  }
  const one = reading(pixels);
  say(one.verdict, sentence(one.verdict, one.chances), [one], one.probabilities);
}

function reading(pixels) {
  const said = network(pixels), { probabilities } = said, judged = judge ? judge(pixels, said) : { verdict: "" };
  const label = probabilities.indexOf(Math.max(...probabilities));
  return { label, probabilities, verdict: judged.verdict, chances: judged.calibrated ?? probabilities };
}

function say(verdict, words, read, probabilities) {
  const called = read.map(one => names[one.label]);
  find("label").textContent = called.join(called.every(name => name.length === 1) ? "" : " ");
  find("verdict").dataset.verdict = verdict;
  find("verdict").textContent = words;
  showBars(probabilities);
}

/** As core/analysis/verdict.py says it; where digits touch they cannot be told apart. */
function numberSentence(each) {
  if (!each.length) return "This looks like more than one digit, and they cannot be told apart: leave a gap between them.";
  const doubts = { unsure: ", unsure", not_a_digit: ", unlike any digit" };
  const said = each.map(({ label, chances, verdict }) => `${names[label]} (${percent(chances[label])}${doubts[verdict] ?? ""})`);
  return `This is more than one digit, read one by one from left to right: ${said.join(", ")}.`;
}

/** As core/analysis/verdict.py says it; without a verdict, what the network itself says. */
function sentence(verdict, chances) {
  if (verdict === "no_ink") return strokes.length ? "There are no strokes to read." : "Nothing to read yet.";
  const ranked = names.map((_, label) => label).sort((a, b) => chances[b] - chances[a]).slice(0, 2);
  const [first, second] = ranked.map(label => ({ name: named(names[label]), chance: percent(chances[label]) }));
  switch (verdict) {
    case "digit": return `The network reads ${first.name}: ${first.chance}.`;
    case "unsure": return `The network is unsure: ${first.name} at ${first.chance}, or ${second.name} at ${second.chance}.`;
    case "not_a_digit": {
      const unlike = names.join() === "0,1,2,3,4,5,6,7,8,9" ? "does not look like a digit: it is unlike all" : "is unlike all";
      return `This ${unlike} that the network has learned from. If it has to answer, the network reads ${first.name}: ${first.chance}.`;
    }
    default: return `Most probable: ${first.name}, ${first.chance} by the network’s own account.`;
  }
}

const named = name => (!/^[\p{L}\p{N}]$/u.test(name) ? name : `${/[8AEFHILMNORSX]/i.test(name) ? "an" : "a"} ${name}`);

function showBars(probabilities) {
  const shown = names.map((_, label) => label);
  // Of very many classes those that matter.
  if (names.length > SHOWN && probabilities.length) shown.sort((a, b) => probabilities[b] - probabilities[a]);
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

/** What is at an address, in JSON; no answer, and one that a proxy gives in its place, are an error with a sentence. */
async function answerOf(address) {
  try {
    const response = await fetch(address);
    return { response, file: await response.json() };
  } catch {
    throw new Error("The server does not answer: reload the page in a moment.");
  }
}

/** What the server sends; where too many ask at once, as a class may, each asks again, ever later, for a minute or two. */
async function asked(what, tries = 0) {
  const { response, file } = await answerOf(`${what}?run=${encodeURIComponent(run)}`);
  const seconds = Number(response.headers.get("Retry-After"));
  if (seconds && tries < 20) {
    await new Promise(done => setTimeout(done, 1_000 * seconds * (1 + Math.min(tries, 10) * Math.random())));
    return asked(what, tries + 1);
  }
  if (!response.ok) throw new Error(file.error);
  return file;
}

async function load() {
  const file = await asked("weights");
  network = networkFrom(file);
  names = file.class_names;
  const hidden = file.layers.map(layer => layer.kind === "convolution" ? `${layer.weight.shape[0]} filters` : layer.weight.shape[0]);
  find("about").textContent = `Its layers: ${hidden.join(", ")}.`;
}

/** The network answers before what judges it is there. */
async function loadJudge() {
  const file = await asked("judge");
  judge = judgeFrom(file);
  const needed = percent(file.confidence_needed);
  find("judged").textContent = "The bars show the network’s own probabilities. " + (file.why_not
    ? `An answer counts as sure from ${needed} on. ${file.why_not}`
    : `The verdict is calibrated on images that it has not learned from: an answer counts as sure from ${needed} on, and what ` +
      "is unlike all that it has learned from is refused.");
}

draw();
load().then(draw).then(loadJudge).then(draw, error => {
  find("judged").textContent = "";
  find(network ? "judged" : "verdict").textContent = error.message || "The network could not be loaded: reload the page.";
});
