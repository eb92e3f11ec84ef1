// Draws www/icons/naobu.svg in the sizes that installed pages need, with Chromium: `cargo xtask icons`.
import { readFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';

const ICONS = new URL('../../www/icons/', import.meta.url);
const GREEN = '#0b7a6f'; // That of the drawing: a mask may cut anything outside of the middle 80 %.
const svg = (await readFile(new URL('naobu.svg', ICONS))).toString('base64');
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'],
  args: ['--no-sandbox'],
});
for (const [name, side, drawnPart, ground] of /** @type {const} */ ([
  ['naobu-180', 180, 1, GREEN],
  ['naobu-192', 192, 1, 'transparent'],
  ['naobu-512', 512, 1, 'transparent'],
  ['naobu-maskable-512', 512, 0.82, GREEN],
])) {
  const page = await browser.newPage({ viewport: { width: side, height: side } });
  await page.setContent(
    `<body style="margin:0;display:grid;place-items:center;height:100vh;background:${ground}">` +
      `<img width="${side * drawnPart}" src="data:image/svg+xml;base64,${svg}">`,
  );
  const path = new URL(`${name}.png`, ICONS).pathname;
  await page.screenshot({ path, omitBackground: true });
  await page.close();
}
await browser.close();
