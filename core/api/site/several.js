// Whether ink is more than one digit, and which of it belongs to which: core/drawings/several.py once more.
import { BOX, Grey, inkBox, made, resampled, rounded } from "./grey.js";

const SIDE = 64, WIDEST = 1024;

/** Whether there are two digits or more, beside each other or one above the other, in an image cropped to its ink. */
export function isSeveral(ink) {
  const mayBeBeside = ink.width >= 0.6 * ink.height, mayBeAbove = ink.height >= 1.35 * ink.width;
  if (Math.min(ink.height, ink.width) < 2 || !(mayBeBeside || mayBeAbove)) return false;
  const inked = inkedAt(ink, Math.min(1, SIDE / ink.longest)), parts = partsOf(inked);
  const all = inked.values.reduce((a, b) => a + b, 0);
  if (mayBeBeside && tallOf(sideBySide(parts), inked, 0.1 * all).length > 1) return true;
  return mayBeAbove && areAboveEachOther(parts, inked, all);
}

/** Whether two parts, one clear of the other, have each the size of a digit; those of one that is broken have not. */
function areAboveEachOther(parts, inked, all) {
  const groups = sideBySide(parts.map(exchanged)).map(exchanged), tallest = Math.max(...groups.map(heightOf));
  const tall = groups.filter(group => heightOf(group) >= 0.55 * tallest && areaOf(group) >= 0.25 * all);
  const areWide = tall.every(group => group.right - group.left >= 0.45 * heightOf(group));
  return tall.length > 1 && areWide && tallest <= 0.62 * inked.height;
}

/** Rows and columns exchanged. */
const exchanged = ({ top, bottom, left, right, places }) => ({ top: left, bottom: right, left: top, right: bottom, places });

/** The digits of a number, from left to right, each cropped, with its top and left in it; none where they touch. */
export function splitNumber(ink) {
  const inked = inkedAt(ink, Math.min(1, SIDE / ink.height, WIDEST / ink.width)), groups = sideBySide(partsOf(inked));
  const digits = tallOf(groups, inked, 0.1 * Math.max(...groups.map(areaOf))).sort((one, other) => one.left - other.left);
  const whole = [...digits];
  for (const stray of groups.filter(group => !digits.includes(group))) {
    const gaps = digits.map(digit => Math.max(digit.left - stray.right, stray.left - digit.right));
    const nearest = gaps.indexOf(Math.min(...gaps));
    if (nearest >= 0 && gaps[nearest] <= 0.12 * inked.height) whole[nearest] = together(whole[nearest], stray);
  }
  return whole.length < 2 ? [] : whole.map(group => cutOut(ink, inked, group));
}

/** What is a digit and no stray stroke, of at least this many pixels; nothing where the tallest is not a digit. */
function tallOf(groups, inked, least) {
  const tallest = Math.max(...groups.map(heightOf));
  const tall = groups.filter(group => heightOf(group) >= 0.55 * tallest && areaOf(group) >= least);
  return tallest >= 0.55 * inked.height ? tall : [];
}

/** The ink of a group; what is between two of them belongs to neither. */
function cutOut(ink, inked, group) {
  const own = new Grey(inked.height, inked.width);
  for (const place of group.places) own.values[place] = 1;
  const isNear = (row, column) => [-1, 0, 1].some(i => [-1, 0, 1].some(j => valueAt(own, row + i, column + j)));
  const mine = made(own.height, own.width, (row, column) =>
    !own.at(row, column) && inked.at(row, column) ? 0 : isNear(row, column) ? 1 : 0);
  const rows = nearestOf(ink.height, own.height), columns = nearestOf(ink.width, own.width);
  const left = made(ink.height, ink.width, (row, column) => (valueAt(mine, rows[row], columns[column]) ? ink.at(row, column) : 0));
  return inkBox(left, Math.max(1, left.most / 4));
}

/** Which pixel of a smaller image each of these is, in Pillow’s arithmetic. */
function nearestOf(length, smaller) {
  const step = smaller / length;
  let at = step * 0.5;
  return Array.from({ length }, () => {
    const found = Math.floor(at);
    at += step;
    return found;
  });
}

const halvesUp = image => image.map(value => Math.floor(value + 0.5));

const heightOf = group => group.bottom - group.top;
const areaOf = group => group.places.length;

/** Where there is ink, at a size at which parts are found at once. */
function inkedAt(ink, factor) {
  const [height, width] = [ink.height, ink.width].map(side => Math.max(1, rounded(side * factor)));
  const small = halvesUp(resampled(halvesUp(resampled(ink, width, BOX)).turned, height, BOX)).turned;
  const least = Math.max(1, small.most / 4);
  return small.map(value => (value >= least ? 1 : 0));
}

/** Connected parts (8 neighbours), the heaviest first; what a skipping pen has broken is joined. */
function partsOf(inked) {
  const reach = Math.floor(rounded(0.04 * inked.height) / 2);
  const wide = made(inked.height, inked.width, (row, column) => {
    for (let i = -reach; i <= reach; i++) for (let j = -reach; j <= reach; j++) if (valueAt(inked, row + i, column + j)) return 1;
    return 0;
  });
  const seen = new Uint8Array(wide.values.length), parts = [];
  for (let start = 0; start < seen.length; start++) {
    if (seen[start] || !wide.values[start]) continue;
    const part = { top: Infinity, bottom: 0, left: Infinity, right: 0, places: [], last: start }, waiting = [start];
    seen[start] = 1;
    while (waiting.length) {
      const place = waiting.pop(), row = Math.floor(place / wide.width), column = place % wide.width;
      part.last = Math.max(part.last, place);
      if (inked.values[place]) Object.assign(part, around(part, row, column)).places.push(place);
      for (let y = row - 1; y <= row + 1; y++)
        for (let x = column - 1; x <= column + 1; x++) {
          const next = y * wide.width + x;
          if (valueAt(wide, y, x) && !seen[next]) {
            seen[next] = 1;
            waiting.push(next);
          }
        }
    }
    parts.push(part);
  }
  return parts.sort((one, other) => areaOf(other) - areaOf(one) || one.last - other.last);
}

const valueAt = (image, row, column) =>
  row >= 0 && column >= 0 && row < image.height && column < image.width ? image.at(row, column) : 0;

const around = (part, row, column) => ({
  top: Math.min(part.top, row),
  bottom: Math.max(part.bottom, row + 1),
  left: Math.min(part.left, column),
  right: Math.max(part.right, column + 1),
});

/** Those above each other as one. */
function sideBySide(parts) {
  const groups = [];
  for (const part of parts) {
    let whole = part;
    for (const group of groups.filter(group => shareColumns(group, part))) {
      groups.splice(groups.indexOf(group), 1);
      whole = together(whole, group);
    }
    groups.push(whole);
  }
  return groups;
}

function shareColumns(one, other) {
  const shared = Math.min(one.right, other.right) - Math.max(one.left, other.left);
  return shared > 0.3 * Math.min(one.right - one.left, other.right - other.left);
}

const together = (one, other) => ({
  top: Math.min(one.top, other.top),
  bottom: Math.max(one.bottom, other.bottom),
  left: Math.min(one.left, other.left),
  right: Math.max(one.right, other.right),
  places: one.places.concat(other.places),
});
