// Writes the few parts of the ONNX format (protobuf, onnx.proto of version 1.17) that convolutional
// networks need.

const WIRE = { varint: 0, bytes: 2 };
/** The element type `FLOAT` and `INT64` of a tensor. */
const FLOAT = 1;
const INT64 = 7;

/** @param {number} value  whole, not negative @returns {number[]} */
function varint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

/** @param {number} field @param {number} value */
const number = (field, value) => Buffer.from([...varint(field * 8 + WIRE.varint), ...varint(value)]);

/** @param {number} field @param {Buffer | string} value */
function bytes(field, value) {
  const body = Buffer.from(value);
  return Buffer.concat([Buffer.from([...varint(field * 8 + WIRE.bytes), ...varint(body.length)]), body]);
}

/** @param {string} name @param {readonly number[]} shape @param {Float32Array | BigInt64Array} values */
function tensor(name, shape, values) {
  return Buffer.concat([
    ...shape.map((side) => number(1, side)),
    number(2, values instanceof Float32Array ? FLOAT : INT64),
    bytes(8, name),
    bytes(9, Buffer.from(values.buffer, values.byteOffset, values.byteLength)),
  ]);
}

/** @param {string} name @param {number | string | readonly number[]} value */
function attribute(name, value) {
  const [INT, STRING, INTS] = [2, 3, 7];
  const parts = [bytes(1, name)];
  if (typeof value === 'number') parts.push(number(3, value), number(20, INT));
  else if (typeof value === 'string') parts.push(bytes(4, value), number(20, STRING));
  else parts.push(...value.map((each) => number(8, each)), number(20, INTS));
  return Buffer.concat(parts);
}

/** @param {string} name @param {readonly number[]} [shape]  left open where it is not known */
function value(name, shape) {
  const sides = shape?.map((side) => bytes(1, number(1, side)));
  const shaped = sides ? [bytes(2, Buffer.concat(sides))] : [];
  const type = Buffer.concat([number(1, FLOAT), ...shaped]);
  return Buffer.concat([bytes(1, name), bytes(2, bytes(1, type))]);
}

/** A graph that grows node by node; every method answers with the name of what it made. */
export class Graph {
  /** @type {Buffer[]} */ #nodes = [];
  /** @type {Buffer[]} */ #constants = [];
  #count = 0;

  /** @param {readonly number[]} input  shape of the input, whose name is `x` */
  constructor(input) {
    this.input = input;
  }

  /**
   * @param {string} kind  an operator of ONNX
   * @param {string[]} inputs
   * @param {Record<string, number | string | readonly number[]>} [attributes]
   */
  node(kind, inputs, attributes = {}) {
    const name = `${kind}_${this.#count++}`;
    this.#nodes.push(
      Buffer.concat([
        ...inputs.map((each) => bytes(1, each)),
        bytes(2, name),
        bytes(4, kind),
        ...Object.entries(attributes).map(([key, each]) => bytes(5, attribute(key, each))),
      ]),
    );
    return name;
  }

  /** @param {readonly number[]} shape @param {Float32Array | BigInt64Array} values */
  constant(shape, values) {
    const name = `constant_${this.#count++}`;
    this.#constants.push(tensor(name, shape, values));
    return name;
  }

  /** @param {number} each */
  scalar(each) {
    return this.constant([], Float32Array.of(each));
  }

  /** @param {string} output  what the network answers */
  model(output) {
    const graph = Buffer.concat([
      ...this.#nodes.map((node) => bytes(1, node)),
      bytes(2, 'network'),
      ...this.#constants.map((each) => bytes(5, each)),
      bytes(11, value('x', this.input)),
      bytes(12, value(output)),
    ]);
    const opset = Buffer.concat([bytes(1, ''), number(2, 17)]);
    return Buffer.concat([number(1, 8), bytes(7, graph), bytes(8, opset)]);
  }
}
