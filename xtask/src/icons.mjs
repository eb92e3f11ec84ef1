// Draws www/icons/naobu.svg in the sizes that installed pages need, with Chromium: `cargo xtask icons`.
//
// Written as PNG with a palette: the drawing has three colours and the edges between them, and the
// files are a third of what Chromium would write.
import { readFile, writeFile } from 'node:fs/promises';
import { crc32, deflateSync } from 'node:zlib';
import { chromium } from 'playwright-core';

const ICONS = new URL('../../www/icons/', import.meta.url);
const GREEN = '#0b7a6f'; // That of the drawing: a mask may cut anything outside of the middle 80 %.
/** So many fit into half a byte, and edges show no steps with them. */
const COLOURS = 16;

/**
 * The colours that stand for all: first the one that is used most, then ever again the one that is
 * worst without.
 * @param {Map<number, number>} counts  of pixels by colour, as 0xRRGGBBAA
 */
function paletteFrom(counts) {
  const [usual] = [...counts].sort(([a, m], [b, n]) => n - m || a - b);
  const palette = [/** @type {[number, number]} */ (usual)[0]];
  while (palette.length < Math.min(COLOURS, counts.size)) {
    let worst = { colour: 0, error: -1 };
    for (const [colour, count] of counts) {
      const error = count * distance(colour, nearest(colour, palette));
      if (error > worst.error) worst = { colour, error };
    }
    palette.push(worst.colour);
  }
  // A PNG lists how transparent its first colours are; the rest is not.
  return palette.sort((a, b) => (a & 255) - (b & 255) || a - b);
}

/** @param {number} a @param {number} b */
function distance(a, b) {
  let sum = 0;
  for (const shift of [0, 8, 16, 24]) sum += (((a >>> shift) & 255) - ((b >>> shift) & 255)) ** 2;
  return sum;
}

/** @param {number} colour @param {readonly number[]} palette */
function nearest(colour, palette) {
  return palette.reduce((a, b) => (distance(colour, b) < distance(colour, a) ? b : a));
}

/** @param {string} kind @param {Buffer} data */
function chunk(kind, data) {
  const bytes = Buffer.concat([
    Buffer.alloc(4),
    Buffer.from(kind, 'latin1'),
    data,
    Buffer.alloc(4),
  ]);
  bytes.writeUInt32BE(data.length, 0);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), bytes.length - 4);
  return bytes;
}

/** A PNG of a square picture in at most 16 colours. @param {Buffer} rgba @param {number} side */
function pngFrom(rgba, side) {
  const counts = /** @type {Map<number, number>} */ (new Map());
  for (let at = 0; at < rgba.length; at += 4) {
    const colour = rgba.readUInt32BE(at);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const palette = paletteFrom(counts);
  const places = new Map([...counts.keys()].map((c) => [c, palette.indexOf(nearest(c, palette))]));
  const rows = Buffer.alloc(side * (1 + side / 2)); // Each begins with a zero: not filtered.
  for (let i = 0; i < side * side; i++) {
    const [x, y] = [i % side, Math.floor(i / side)];
    const place = places.get(rgba.readUInt32BE(4 * i)) ?? 0;
    const at = y * (1 + side / 2) + 1 + (x >> 1);
    rows[at] = (rows[at] ?? 0) | (x % 2 ? place : place << 4);
  }
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 4, 3, 0, 0, 0]); // 4 bits a pixel, a palette.
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  const colours = palette.flatMap((c) => [c >>> 24, (c >>> 16) & 255, (c >>> 8) & 255]);
  const alphas = palette.map((c) => c & 255).filter((alpha) => alpha < 255);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(colours)),
    ...(alphas.length > 0 ? [chunk('tRNS', Buffer.from(alphas))] : []),
    chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const svg = (await readFile(new URL('naobu.svg', ICONS))).toString('base64');
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'],
  args: ['--no-sandbox'],
});
const page = await browser.newPage();
for (const [name, side, drawnPart, ground] of /** @type {const} */ ([
  ['naobu-180', 180, 1, GREEN],
  ['naobu-192', 192, 1, ''],
  ['naobu-512', 512, 1, ''],
  ['naobu-maskable-512', 512, 0.82, GREEN],
])) {
  const pixels = await page.evaluate(
    async ({ svg, side, drawnPart, ground }) => {
      const image = new Image();
      const drawn = side * drawnPart;
      image.width = image.height = Math.round(drawn);
      image.src = `data:image/svg+xml;base64,${svg}`;
      await image.decode();
      const context = new OffscreenCanvas(side, side).getContext('2d');
      if (!context) throw new Error('no canvas');
      context.fillStyle = ground || 'transparent';
      context.fillRect(0, 0, side, side);
      context.drawImage(image, (side - drawn) / 2, (side - drawn) / 2, drawn, drawn);
      return [...context.getImageData(0, 0, side, side).data];
    },
    { svg, side, drawnPart, ground },
  );
  await writeFile(new URL(`${name}.png`, ICONS), pngFrom(Buffer.from(pixels), side));
}
await browser.close();
