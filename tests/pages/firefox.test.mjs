// The page in Firefox, on the CPU: open, fill, save, and once more with the server gone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PATIENCE_MILLIS, requirePkg, sampleFile } from './support/browser.mjs';
import { downloaded, findFirefox, launchFirefox } from './support/firefox.mjs';
import { startServer } from './support/server.mjs';

const SAMPLE = sampleFile('field');
const program = findFirefox();
const skip = program ? false : 'there is no Firefox; install it, or set FIREFOX to where it is';

test(
  'Firefox fills and saves on the CPU, and needs no network the next time',
  { skip },
  async () => {
    requirePkg();
    const server = await startServer();
    const { session, downloads, close } = await launchFirefox(program);
    const text = (/** @type {string} */ id) => `document.getElementById('${id}').textContent`;
    try {
      const address = `${server.url}?backend=cpu&tool=fill&lang=en`;
      await session.goto(address);
      await session.until(`${text('engine')}.startsWith('Ready on the CPU')`, PATIENCE_MILLIS);
      await session.setFile('#open-file', SAMPLE);
      await session.until(`${text('file')} === 'field.jpg'`, PATIENCE_MILLIS);
      const [x, y] = JSON.parse(
        await session.evaluate(
          `(({ x, y, width, height }) => JSON.stringify([x + width / 2, y + height / 2]))` +
            `(document.getElementById('canvas').getBoundingClientRect())`,
        ),
      );
      await session.drag([[x - 40, y], [x, y + 10], [x + 40, y]]); // prettier-ignore
      await session.until(`${text('hole-size')} !== ''`, 10_000);
      await session.evaluate(`document.querySelector('#fill-run [data-command=run]').click()`);
      await session.until(`${text('status')}.startsWith('Filled')`, PATIENCE_MILLIS);
      await session.evaluate(`document.querySelector('[data-command=save]').click()`);
      const { name, bytes } = await downloaded(downloads, PATIENCE_MILLIS);
      assert.equal(name, 'field-filled.jpg', 'as it was opened');
      assert.deepEqual([...bytes.subarray(0, 2)], [0xff, 0xd8]);

      await session.until(`document.querySelector('#about[data-kept=yes]')`, PATIENCE_MILLIS);
      await server.close();
      await session.goto(address);
      await session.until(`${text('engine')}.startsWith('Ready on the CPU')`, PATIENCE_MILLIS);
      await assert.rejects(session.goto(`${server.origin}/elsewhere`), 'control: no server');
    } finally {
      await close();
      await server.close().catch(() => {});
    }
  },
);
