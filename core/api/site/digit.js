// From a drawing to a digit as MNIST has them: core/drawings/preprocessing.py once more, number by number.
import { BICUBIC, Grey, bounded, inBytes, inkBox, made, resampled, rounded, sum } from "./grey.js";
import { isSeveral, splitNumber } from "./several.js";

const SIDE = 28, DIGIT = 20;

/** Means of whole blocks, in Pillow’s arithmetic. */
function reduced(image) {
  const factor = Math.floor(image.longest / (4 * DIGIT));
  if (factor < 2) return image;
  return made(Math.ceil(image.height / factor), Math.ceil(image.width / factor), (row, column) => {
    const height = Math.min(factor, image.height - row * factor), width = Math.min(factor, image.width - column * factor);
    const count = height * width, block = image.part(row * factor, column * factor, height, width);
    return Math.floor((sum(block.values) + Math.floor(count / 2)) * Math.floor(2 ** 24 / count) / 2 ** 24);
  });
}

function strokeWidth(image) {
  const least = Math.max(1, image.most / 2), padded = image.part(-1, -1, image.height + 2, image.width + 2).map(v => v >= least);
  let outline = 0;
  for (let row = 0; row < padded.height; row++)
    for (let column = 0; column < padded.width; column++) {
      if (row && padded.at(row, column) !== padded.at(row - 1, column)) outline++;
      if (column && padded.at(row, column) !== padded.at(row, column - 1)) outline++;
    }
  return 2 * sum(padded.values) / Math.max(outline * Math.PI / 4, 1);
}

/** Strokes that would fade at 20 pixels, widened. */
function widened(image) {
  const missing = 2 * image.longest / DIGIT - strokeWidth(image), reach = Math.ceil(missing / 2);
  if (missing <= 1) return image;
  const most = line => made(line.height, line.width, (row, column) => {
    let found = 0;
    for (let i = Math.max(0, column - reach); i <= Math.min(line.width - 1, column + reach); i++) found = Math.max(found, line.at(row, i));
    return found;
  });
  return most(most(image.part(-reach, -reach, image.height + 2 * reach, image.width + 2 * reach)).turned).turned;
}

function resized(image, factor) {
  const [height, width] = [image.height, image.width].map(side => Math.min(SIDE, Math.max(1, rounded(side * factor))));
  return resampled(resampled(image, width, BICUBIC).turned, height, BICUBIC).turned;
}

/** The nearest corner to that which puts the centre of mass in the middle, all of the image inside. */
function placed(image) {
  const mass = Math.max(sum(image.values), 1);
  const corner = ({ height, width, values }) =>
    bounded(rounded(SIDE / 2 - sum(values.map((value, i) => value * Math.floor(i / width))) / mass), 0, SIDE - height);
  return image.part(-corner(image), -corner(image.turned), SIDE, SIDE);
}

/** The side of the largest square without a gap. */
function largestSquare(image) {
  const sides = new Grey(image.height + 1, image.width + 1);
  for (let row = 0; row < image.height; row++)
    for (let column = 0; column < image.width; column++)
      if (image.at(row, column))
        sides.values[(row + 1) * sides.width + column + 1] =
          1 + Math.min(sides.at(row, column), sides.at(row, column + 1), sides.at(row + 1, column));
  return sides.most;
}

/** A dot, or a block without gaps: nothing to read. */
function isSpot(image) {
  const most = image.most;
  if (Math.min(image.height, image.width) < 0.7 * image.longest) return false;
  if (sum(image.values) / image.values.length >= 0.75 * most) return true;
  const dot = inkBox(image, most / 2).map(value => value >= most / 2);
  let both = 0, either = 0;
  for (let row = 0; row < dot.height; row++)
    for (let column = 0; column < dot.width; column++) {
      const isRound = ((2 * row + 1) / dot.height - 1) ** 2 + ((2 * column + 1) / dot.width - 1) ** 2 <= 1;
      both += isRound && dot.at(row, column) ? 1 : 0;
      either += isRound || dot.at(row, column) ? 1 : 0;
    }
  return both / either >= 0.86 && largestSquare(dot) >= Math.ceil(0.6 * dot.longest);
}

/** 784 pixels of ink that is cropped to its box. */
function framed(box) {
  const strong = widened(reduced(box)), small = resized(strong, DIGIT / strong.longest);
  const factor = Math.fround(255 / Math.max(small.most, 1));
  return Uint8Array.from(placed(inBytes(small.map(value => value * factor))).values);
}

/** Each digit of several, from left to right: its pixels, and left, top, right and bottom of its box in the drawing. */
const digitsOf = box => splitNumber(box).map(part => {
  const left = box.left + part.left, top = box.top + part.top;
  return { pixels: framed(part), box: [left, top, left + part.width, top + part.height] };
});

/**
 * A square drawing (light on dark, 0–255 row by row) as 784 pixels, whether there are strokes to read, whether they
 * are more than one digit, and those digits, none where they cannot be told apart.
 * Its framing is "mnist" or, for networks that learned from pictures that were only made smaller, "resized".
 */
export function digitOf(values, width, framing) {
  // Noise that browsers add against fingerprinting is fainter than any stroke.
  const ink = new Grey(values.length / width, width, Float32Array.from(values, value => (value <= 8 ? 0 : value)));
  if (!ink.most) return { pixels: new Uint8Array(SIDE * SIDE), hasStrokes: false, isSeveral: false, digits: [] };
  if (framing !== "mnist") {
    const pixels = Uint8Array.from(inBytes(resized(ink, SIDE / ink.longest)).values);
    return { pixels, hasStrokes: true, isSeveral: false, digits: [] };
  }
  const box = inkBox(ink), several = isSeveral(box);
  return { pixels: framed(box), hasStrokes: !isSpot(box), isSeveral: several, digits: several ? digitsOf(box) : [] };
}
