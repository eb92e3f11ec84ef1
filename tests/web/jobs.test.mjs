// How long the stages of a run take.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStopwatch } from '../../www/jobs.js';

test('each stage lasts until the next begins, the last until all is done', () => {
  let millis = 0;
  const watch = createStopwatch(() => millis);
  assert.deepEqual(watch.laps(), [], 'nothing has begun');
  watch.enter('search');
  millis = 30;
  watch.enter('paint');
  millis = 100;
  watch.enter('paint'); // Its second step.
  millis = 130;
  watch.enter('blend');
  millis = 150;
  assert.deepEqual(watch.laps(), [
    { stage: 'search', millis: 30 },
    { stage: 'paint', millis: 100 },
    { stage: 'blend', millis: 20 },
  ]);
});
