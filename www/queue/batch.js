// One thing done to many photos is one step: a batch, which knows what each photo was before.

import { itemOf } from './queue.js';

/** @import { Batch, Work } from './queue.js' */
/** @import { Shared } from './queue-work.js' */

/** @param {Pick<Shared, 'store' | 'go' | 'showWork'>} parts */
export function createBatches({ store, go, showWork }) {
  /**
   * The open photo's history has the batch as a step, also where only others have changed.
   * @param {Batch} batch @param {number} openId @param {Work | null} before  of the open photo
   */
  function endBatch(batch, openId, before) {
    const { history, queue } = store.get();
    if (queue.openId !== openId) return;
    const isStep = history?.present.step?.batch === batch;
    if (!isStep && batch.changes.size === 0) return;
    batch.changes.set(openId, { before, after: null });
    if (!isStep) go({}, '', {}, batch);
  }

  /**
   * Gives the photos of a batch back as they were before it, but the open one, and those that
   * something was done to since. Answers how many.
   * @param {Batch} batch
   */
  function takeBack({ changes }) {
    let count = 0;
    for (const [id, change] of changes) {
      const { queue } = store.get();
      const work = itemOf(queue, id)?.work;
      if (id === queue.openId || work?.batch?.changes !== changes) continue;
      change.after = work;
      showWork(id, change.before);
      count += 1;
    }
    return count;
  }

  /** The other way. @param {Batch} batch */
  function bringBack({ changes }) {
    let count = 0;
    for (const [id, { before, after }] of changes) {
      const { queue } = store.get();
      const item = itemOf(queue, id);
      if (!item || id === queue.openId || !after || item.work !== before) continue;
      showWork(id, after);
      count += 1;
    }
    return count;
  }

  return { endBatch, takeBack, bringBack };
}
