// Grey images, and what is done to them on the way from a drawing to a digit, in Pillow’s arithmetic.

export class Grey {
  constructor(height, width, values = new Float32Array(height * width)) {
    Object.assign(this, { height, width, values });
  }
  at(row, column) { return this.values[row * this.width + column]; }
  get most() { return this.values.reduce((a, b) => Math.max(a, b), 0); }
  get longest() { return Math.max(this.height, this.width); }
  map(f) { return new Grey(this.height, this.width, this.values.map(f)); }
  /** A part of it; what is outside is background. */
  part(top, left, height, width) {
    return made(height, width, (row, column) => {
      const y = top + row, x = left + column;
      return y < 0 || x < 0 || y >= this.height || x >= this.width ? 0 : this.at(y, x);
    });
  }
  get turned() { return made(this.width, this.height, (row, column) => this.at(column, row)); }
}

export function made(height, width, value) {
  const image = new Grey(height, width);
  for (let row = 0, i = 0; row < height; row++) for (let column = 0; column < width; column++) image.values[i++] = value(row, column);
  return image;
}

/** Where there is more ink than blur: a part of the image that knows its top and left. */
export function inkBox(ink, least = Math.max(1, ink.most / 8)) {
  let [top, bottom, left, right] = [ink.height, 0, ink.width, 0];
  for (let row = 0; row < ink.height; row++)
    for (let column = 0; column < ink.width; column++)
      if (ink.at(row, column) >= least)
        [top, bottom, left, right] = [Math.min(top, row), Math.max(bottom, row + 1), Math.min(left, column), Math.max(right, column + 1)];
  return Object.assign(ink.part(top, left, bottom - top, right - left), { top, left });
}

export const sum = numbers => numbers.reduce((a, b) => a + b, 0);
export const bounded = (value, least, most) => Math.min(Math.max(value, least), most);

/** Rounds halves to even, as Python and NumPy do. */
export function rounded(value) {
  const whole = Math.floor(value), rest = value - whole;
  return rest > 0.5 || (rest === 0.5 && whole % 2) ? whole + 1 : whole;
}

const bicubic = x => (x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0);

/** Filters of Pillow’s: how far they reach, and what a pixel at this distance counts. */
export const BICUBIC = { reach: 2, share: x => bicubic(Math.abs(x)) };
export const BOX = { reach: 0.5, share: x => (x > -0.5 && x <= 0.5 ? 1 : 0) };

/** Each row resampled to so many pixels, with antialiasing. */
export function resampled(image, width, { reach, share }) {
  if (width === image.width) return image;
  const scale = image.width / width, spread = Math.max(scale, 1);
  const columns = Array.from({ length: width }, (_, column) => {
    const centre = (column + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - reach * spread + 0.5));
    const end = Math.min(image.width, Math.trunc(centre + reach * spread + 0.5));
    const shares = Array.from({ length: end - first }, (_, i) => share((first + i - centre + 0.5) / spread));
    const all = sum(shares);
    return { first, shares: shares.map(share => share / all) };
  });
  return made(image.height, width, (row, column) => {
    const { first, shares } = columns[column];
    return shares.reduce((total, share, i) => total + image.at(row, first + i) * share, 0);
  });
}

export const inBytes = image => image.map(value => rounded(bounded(value, 0, 255)));
