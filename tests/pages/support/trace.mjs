// What the page's own thread did, from the browser's own trace.

import assert from 'node:assert/strict';

/** @import { Browser, Page } from 'playwright-core' */

/**
 * The longest task of the page's thread during `work`, in milliseconds of computing.
 * @param {Browser} browser @param {Page} page @param {() => Promise<unknown>} work
 */
export async function longestTask(browser, page, work) {
  await browser.startTracing(page, { categories: ['toplevel', '-*'] });
  await work();
  await page.waitForTimeout(1000); // The result is drawn, too.
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const threadOf = (/** @type {any} */ { pid, tid }) => `${pid} ${tid}`;
  const pages = new Set(
    traceEvents
      .filter((/** @type {any} */ event) => event.args?.name === 'CrRendererMain')
      .map(threadOf),
  );
  const tasks = traceEvents.filter(
    (/** @type {any} */ event) => event.name.endsWith('RunTask') && pages.has(threadOf(event)),
  );
  assert.ok(tasks.length > 0, 'the trace has the tasks of the page');
  return Math.max(...tasks.map((/** @type {any} */ { tdur = 0 }) => tdur / 1000));
}
