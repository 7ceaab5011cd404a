// The judge of /judge, which core/api/judging.py describes: whether an answer is worth believing.
import { floats } from "./network.js";

const SIDE = 28, TINY = 2 ** -126, LEAST = 1e-12;

/** A function from pixels and what the network makes of them to calibrated probabilities and a verdict. */
export function judgeFrom(file) {
  const { temperature, loss, familiarity, confidence_needed: needed } = file;
  const strangeness = familiarity ? strangenessFrom(familiarity) : () => -Infinity;
  return (pixels, { hidden, probabilities }) => {
    const calibrated = temperature ? calibratedBy(probabilities, temperature, loss) : probabilities;
    const confidence = Math.max(...calibrated);
    const isStrange = strangeness(pixels, hidden, confidence) > (familiarity?.threshold ?? 0);
    return { calibrated, verdict: isStrange ? "not_a_digit" : confidence >= needed ? "digit" : "unsure" };
  };
}

/** core/analysis/temperature.py once more. */
function calibratedBy(probabilities, temperature, loss) {
  const evidence = probabilities.map(p => (loss === "squared_error" ? p : Math.log(Math.max(p, TINY))));
  const most = Math.max(...evidence), powers = evidence.map(one => Math.exp((one - most) / temperature));
  const all = powers.reduce((a, b) => a + b);
  return powers.map(power => power / all);
}

/** core/analysis/familiarity.py once more: how far an image is from the nearest that the network has learned from. */
function strangenessFrom({ block, picture_share: share, axes, references }) {
  const [size, directions] = axes.shape, along = floats(axes), known = floats(references);
  return (pixels, hidden, confidence) => {
    const picture = unit(thumbnail(pixels, block)).map(value => value * Math.sqrt(share));
    const described = [...(hidden ? unit(hidden).map(value => value * Math.sqrt(1 - share)) : []), ...picture];
    const place = new Float64Array(directions);
    for (let i = 0; i < size; i++) for (let j = 0; j < directions; j++) place[j] += described[i] * along[i * directions + j];
    let nearest = -Infinity;
    for (let start = 0; start < known.length; start += directions) {
      let cosine = 0;
      for (let j = 0; j < directions; j++) cosine += place[j] * known[start + j];
      nearest = Math.max(nearest, cosine);
    }
    return Math.max(1 - nearest, 0) * (1 + Math.sqrt(Math.max(1 - confidence, 0)));
  };
}

function thumbnail(pixels, block) {
  const side = SIDE / block, sums = new Float64Array(side * side);
  pixels.forEach((value, i) => (sums[Math.floor(i / SIDE / block) * side + Math.floor((i % SIDE) / block)] += value));
  return sums;
}

function unit(values) {
  const length = Math.max(Math.sqrt(values.reduce((total, value) => total + value * value, 0)), LEAST);
  return values.map(value => value / length);
}
