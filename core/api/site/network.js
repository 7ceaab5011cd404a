// The network of /weights, whose form core/exports/browser_json.py describes, forward in plain JavaScript.

export const floats = ({ float32 }) => new Float32Array(Uint8Array.from(atob(float32), c => c.charCodeAt(0)).buffer);

const ACTIVATIONS = {
  relu: z => (z > 0 ? z : 0),
  tanh: Math.tanh,
  sigmoid: z => 1 / (1 + Math.exp(-z)),
  none: z => z,
};

const LAYERS = {
  dense({ weight, bias, norm, activation }) {
    const [outputs, inputs] = weight.shape, w = floats(weight), b = bias && floats(bias);
    const scale = norm && floats(norm.scale), shift = norm && floats(norm.shift), f = ACTIVATIONS[activation];
    return x => Float64Array.from({ length: outputs }, (_, unit) => {
      let z = b ? b[unit] : 0;
      for (let i = 0, at = unit * inputs; i < inputs; i++) z += w[at + i] * x[i];
      return f(norm ? z * scale[unit] + shift[unit] : z);
    });
  },
  convolution({ weight, bias, activation, pool }) {
    const [filters, channels, side] = weight.shape, w = floats(weight), b = floats(bias), f = ACTIVATIONS[activation];
    return x => {
      const width = Math.sqrt(x.length / channels), inner = width - side + 1, small = Math.floor(inner / pool);
      const y = new Float64Array(filters * small * small).fill(-Infinity);
      for (let filter = 0; filter < filters; filter++)
        for (let row = 0; row < small * pool; row++)
          for (let column = 0; column < small * pool; column++) {
            let z = b[filter];
            for (let channel = 0; channel < channels; channel++)
              for (let i = 0; i < side; i++)
                for (let j = 0; j < side; j++)
                  z += w[((filter * channels + channel) * side + i) * side + j] * x[(channel * width + row + i) * width + column + j];
            const at = (filter * small + Math.floor(row / pool)) * small + Math.floor(column / pool);
            y[at] = Math.max(y[at], f(z));
          }
      return y;
    };
  },
};

const OUTPUTS = {
  softmax(logits) {
    const highest = Math.max(...logits), powers = logits.map(z => Math.exp(z - highest));
    return powers.map(p => p / powers.reduce((a, b) => a + b));
  },
  shares(logits) {
    const above = logits.map(z => Math.max(z, 0)), sum = above.reduce((a, b) => a + b);
    return above.map(z => (sum > 0 ? z / sum : 1 / logits.length));
  },
};

/**
 * A function from 784 pixels (0–255) to probabilities, and to what goes into the last layer (null where that is the
 * pixels); throws where the file is of a form that is not known here.
 */
export function networkFrom(file) {
  const known = file.format === "digit-lab-network" && file.version === 1 && file.output in OUTPUTS
    && file.layers.every(layer => layer.kind in LAYERS && layer.activation in ACTIVATIONS);
  if (!known) throw new Error("This network is of a kind that the page cannot compute: reload it.");
  const layers = file.layers.map(layer => LAYERS[layer.kind](layer)), { mean, std } = file.input;
  return pixels => {
    const input = Float64Array.from(pixels, pixel => (pixel / 255 - mean) / std);
    const said = layers.slice(0, -1).reduce((x, layer) => layer(x), input);
    return { hidden: layers.length > 1 ? said : null, probabilities: OUTPUTS[file.output]([...layers.at(-1)(said)]) };
  };
}
