// The networks once more, as ONNX graphs: with the weights that `peer.rs` hands out.

import { Graph } from './onnx.mjs';

/** @typedef {{ shape: number[], values: Float32Array }} Parameter */
/** @typedef {(graph: Layers, x: string) => string} Network */

/** A graph, and the layers that our networks are made of. */
class Layers extends Graph {
  /** @param {readonly number[]} input @param {Map<string, Parameter>} parameters */
  constructor(input, parameters) {
    super(input);
    this.parameters = parameters;
  }

  /** @param {string} name */
  parameter(name) {
    const found = this.parameters.get(name);
    if (!found) throw new Error(`ours has no ${name}, only ${[...this.parameters.keys()]}`);
    return found;
  }

  /**
   * A convolution that keeps the sides, or divides them by `stride`.
   * @param {string} x @param {string} name
   * @param {{ stride?: number, dilation?: number, group?: number }} [how]
   */
  conv(x, name, { stride = 1, dilation = 1, group = 1 } = {}) {
    const weight = this.parameter(`${name}.weight`);
    const bias = this.parameter(`${name}.bias`);
    const kernel = weight.shape[2] ?? 0;
    return this.node(
      'Conv',
      [x, this.constant(weight.shape, weight.values), this.constant(bias.shape, bias.values)],
      {
        kernel_shape: [kernel, kernel],
        strides: [stride, stride],
        dilations: [dilation, dilation],
        pads: Array(4).fill((dilation * (kernel - 1)) / 2),
        group,
      },
    );
  }

  /** A transposed 4×4 convolution that doubles the sides. @param {string} x @param {string} name */
  deconv(x, name) {
    const weight = this.parameter(`${name}.weight`);
    const bias = this.parameter(`${name}.bias`);
    return this.node(
      'ConvTranspose',
      [x, this.constant(weight.shape, weight.values), this.constant(bias.shape, bias.values)],
      { kernel_shape: [4, 4], strides: [2, 2], pads: [1, 1, 1, 1] },
    );
  }

  /** @param {string} x */
  relu(x) {
    return this.node('Relu', [x]);
  }

  /** @param {string} x */
  relu6(x) {
    return this.node('Clip', [x, this.scalar(0), this.scalar(6)]);
  }

  /** @param {string} a @param {string} b */
  add(a, b) {
    return this.node('Add', [a, b]);
  }

  /** @param {string} x @param {number} by */
  times(x, by) {
    return this.node('Mul', [x, this.scalar(by)]);
  }

  /** @param {string} x @param {number} what */
  plus(x, what) {
    return this.node('Add', [x, this.scalar(what)]);
  }

  /** The first `count` channels. @param {string} x @param {number} count */
  first(x, count) {
    const [from, to, axis] = [0, count, 1].map((each) =>
      this.constant([1], BigInt64Array.of(BigInt(each))),
    );
    return this.node('Slice', [x, from ?? '', to ?? '', axis ?? '']);
  }

  /** Twice the sides, each pixel four times. @param {string} x */
  doubled(x) {
    const scales = this.constant([4], Float32Array.of(1, 1, 2, 2));
    return this.node('Resize', [x, '', scales], {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    });
  }

  /** Pixels of cells become channels, colour by colour. @param {string} x @param {number} cell @param {number[]} sides */
  gathered(x, cell, [channels = 0, h = 0, w = 0]) {
    const shape = (/** @type {number[]} */ sides) =>
      this.constant([sides.length], BigInt64Array.from(sides.map(BigInt)));
    const parted = this.node('Reshape', [x, shape([1, channels, h / cell, cell, w / cell, cell])]);
    const turned = this.node('Transpose', [parted], { perm: [0, 1, 3, 5, 2, 4] });
    return this.node('Reshape', [turned, shape([1, channels * cell * cell, h / cell, w / cell])]);
  }

  /** The way back. @param {string} x @param {number} cell */
  spread(x, cell) {
    return this.node('DepthToSpace', [x], { blocksize: cell, mode: 'CRD' });
  }
}

/** @type {Network} */
function completion(graph, x) {
  const dilations = [2, 4, 8, 16];
  const layer = (/** @type {string} */ name, how = {}) =>
    (x = graph.relu(graph.conv(x, `${name}.conv`, how)));
  [1, 2, 1, 2, 1, 1].forEach((stride, i) => layer(`narrow.${i}`, { stride }));
  dilations.forEach((dilation, i) => layer(`dilated.${i}`, { dilation }));
  for (const i of [0, 1]) layer(`settle.${i}`);
  x = graph.relu(graph.deconv(x, 'double.deconv'));
  layer('smooth');
  x = graph.relu(graph.deconv(x, 'double_again.deconv'));
  layer('smooth_again');
  return graph.node('Sigmoid', [graph.conv(x, 'out')]);
}

/** @type {Network} */
function outpaint(graph, input) {
  let x = graph.relu(graph.conv(input, 'first'));
  const finer = [];
  for (const i of [0, 1, 2]) {
    finer.push(x);
    x = graph.relu(graph.conv(x, `down.${i}`, { stride: 2 }));
  }
  x = graph.relu(graph.conv(x, 'widen'));
  [1, 2, 4].forEach((dilation, i) => (x = graph.relu(graph.conv(x, `dilated.${i}`, { dilation }))));
  x = graph.relu(graph.conv(x, 'settle'));
  for (const i of [0, 1, 2]) {
    x = graph.add(graph.relu(graph.deconv(x, `up.${i}`)), finer.pop() ?? '');
  }
  x = graph.relu(graph.conv(x, 'last'));
  return graph.add(graph.first(input, 3), graph.conv(x, 'out'));
}

/**
 * The layers of EDSR, under a name.
 * @param {Layers} graph @param {string} x @param {{ blocks: number, under?: string }} how
 */
function residual(graph, x, { blocks, under = '' }) {
  const first = graph.conv(x, `${under}first`);
  x = first;
  for (let i = 0; i < blocks; i++) {
    const inner = graph.relu(graph.conv(x, `${under}blocks.${i}.first`));
    x = graph.add(x, graph.conv(inner, `${under}blocks.${i}.second`));
  }
  x = graph.relu(graph.add(graph.conv(x, `${under}last`), first));
  return graph.spread(graph.conv(x, `${under}out`), 4);
}

/** @type {Network} */
function edsr(graph, input) {
  const cells = graph.gathered(input, 4, graph.input.slice(1));
  return graph.add(graph.first(input, 3), residual(graph, cells, { blocks: 16 }));
}

/** @type {Network} */
function enlarger(graph, input) {
  const [, , h = 0, w = 0] = graph.input;
  const colours = graph.plus(input, -0.5);
  const hole = graph.constant([1, 1, h, w], new Float32Array(h * w));
  const whole = graph.node('Concat', [colours, hole], { axis: 1 });
  const cells = graph.gathered(whole, 4, [4, h, w]);
  const more = residual(graph, cells, { blocks: 4, under: 'edsr.' });
  return graph.plus(graph.add(colours, more), 0.5);
}

/** @type {Network} */
function unet(graph, input) {
  const more = (/** @type {string} */ x, /** @type {string} */ name, how = {}) =>
    graph.relu(graph.add(x, graph.conv(x, name, how)));
  const cells = graph.gathered(graph.plus(input, -0.5), 2, graph.input.slice(1));
  const half = more(graph.relu(graph.conv(cells, 'first')), 'fine');
  const quarter = more(graph.relu(graph.conv(half, 'down.0', { stride: 2 })), 'middle');
  let x = graph.relu(graph.conv(quarter, 'down.1', { stride: 2 }));
  [2, 4].forEach((dilation, i) => (x = more(x, `wide.${i}`, { dilation })));
  const join = (/** @type {string} */ seen, /** @type {number} */ i) => {
    x = graph.add(graph.doubled(graph.conv(x, `up.${i}`)), seen);
    x = graph.relu(graph.add(x, graph.conv(graph.relu(x), `join.${i}`)));
  };
  join(quarter, 0);
  join(half, 1);
  return graph.spread(graph.conv(x, 'out'), 2);
}

/** Kernel, stride of the first block, number of blocks and channels of EfficientNet's runs. */
const RUNS = /** @type {const} */ ([
  [3, 1, 1, 16],
  [3, 2, 2, 24],
  [5, 2, 2, 40],
  [3, 2, 3, 80],
  [5, 1, 3, 112],
  [5, 2, 2, 192],
]);

/** What each of the first 13 blocks answers. @param {Layers} graph @param {string} x @param {string} [under] */
function taps(graph, x, under = '') {
  x = graph.relu6(graph.conv(x, `${under}stem`, { stride: 2 }));
  let before = 32;
  const answers = [];
  for (const [, first, count, channels] of RUNS) {
    for (let i = 0; i < count; i++) {
      const name = `${under}blocks.${answers.length}`;
      const wide = answers.length > 0 ? graph.relu6(graph.conv(x, `${name}.expand`)) : x;
      const [group = 1] = graph.parameter(`${name}.depthwise.weight`).shape;
      const stride = i === 0 ? first : 1;
      const deep = graph.relu6(graph.conv(wide, `${name}.depthwise`, { stride, group }));
      const narrow = graph.conv(deep, `${name}.project`);
      x = stride === 1 && channels === before ? graph.add(x, narrow) : narrow;
      before = channels;
      answers.push(x);
    }
  }
  return answers;
}

/** @type {Network} */
function pyramid(graph, light) {
  const grey = graph.plus(graph.times(light, 2), -1);
  const maps = taps(graph, graph.node('Concat', [grey, grey, grey], { axis: 1 }), 'encoder.');
  const [quarter = '', eighth = '', sixteenth = '', last = ''] = [2, 4, 10, 12].map((at) =>
    graph.times(maps[at] ?? '', 1 / 8),
  );
  const step = (/** @type {string} */ below, /** @type {string} */ seen, /** @type {string} */ name) => {
    const x = graph.add(graph.conv(seen, `${name}.lateral`), below);
    return graph.add(x, graph.conv(graph.relu(x), `${name}.smooth`));
  };
  let x = graph.conv(graph.node('GlobalAveragePool', [last]), 'context');
  x = step(x, last, 'levels.0');
  x = step(graph.doubled(x), sixteenth, 'levels.1');
  x = step(graph.doubled(x), eighth, 'levels.2');
  x = step(graph.doubled(graph.conv(graph.relu(x), 'narrow')), quarter, 'finest');
  x = graph.add(x, graph.conv(graph.relu(x), 'finish'));
  return graph.conv(graph.relu(x), 'out');
}

/**
 * What is compared: a name for people, our network's, the picture's shape, the graph.
 * @type {{ what: string, name: string, shape: number[], network: Network }[]}
 */
export const NETWORKS = [
  { what: 'GLCIC as published, 256²', name: 'completion', shape: [1, 4, 256, 256], network: completion },
  { what: 'extend and fill, 64²', name: 'outpaint', shape: [1, 4, 64, 64], network: outpaint },
  { what: 'extend and fill, 128²', name: 'outpaint', shape: [1, 4, 128, 128], network: outpaint },
  { what: 'mosaics, 32² cells', name: 'edsr', shape: [1, 4, 128, 128], network: edsr },
  { what: 'enlarge, 256²', name: 'enlarger', shape: [1, 3, 256, 256], network: enlarger },
  { what: 'scratches, 512²', name: 'u-net', shape: [1, 3, 512, 512], network: unet },
  { what: 'colour, 192²', name: 'colorize-pyramid', shape: [1, 1, 192, 192], network: pyramid },
  {
    what: 'EfficientNet-Lite0 to 192 channels, 128²',
    name: 'efficientnet',
    shape: [1, 3, 128, 128],
    network: (graph, x) => taps(graph, x).at(-1) ?? '',
  },
  {
    what: 'EfficientNet-Lite0 to 192 channels, 192²',
    name: 'efficientnet',
    shape: [1, 3, 192, 192],
    network: (graph, x) => taps(graph, x).at(-1) ?? '',
  },
];

/**
 * Writes a network for a picture of `shape`.
 * @param {Network} network @param {number[]} shape @param {Map<string, Parameter>} parameters
 */
export function written(network, shape, parameters) {
  const graph = new Layers(shape, parameters);
  return graph.model(network(graph, 'x'));
}
