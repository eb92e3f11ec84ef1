// Every result of the queue as one archive.

import { CodedError } from '../engine/protocol.js';
import { blobFrom, formatFor, kindOf, saveFile } from '../files/photo-file.js';
import { zipFrom } from '../files/zip.js';
import { namesFor } from './queue.js';

/** @import { Pixels } from '../engine/protocol.js' */
/** @import { Kept } from './queue.js' */
/** @import { Shared } from './queue-work.js' */

const ARCHIVE = 'naobu.zip';
/** What a result is saved as when the file that its photo came from can no longer be read. */
const GONE = /** @type {const} */ ('png');

/** @param {Shared} parts */
export function createSavingAll({ store, engine, runJob, keeper, putAway, updateItem }) {
  /** Saves every result in one archive, as it would be alone, but under the name of its photo. */
  async function saveAll() {
    await runJob('zip', 'encode', async (signal) => {
      await putAway(signal);
      const { history, queue } = store.get();
      const results = queue.items.flatMap((item) =>
        item.work?.result ? [{ ...item, work: item.work, kept: item.work.result }] : [],
      );
      if (results.length === 0) throw new CodedError('no-results');
      const written = [];
      for (const [i, item] of results.entries()) {
        const { job } = store.get();
        const turn = { at: i + 1, of: results.length };
        if (job && !signal.aborted) store.update({ job: { ...job, turn } });
        written.push({ ...item, ...(await fileFrom(item.kept, item.file, signal)) });
        signal.throwIfAborted();
      }
      const names = namesFor(written);
      const files = written.map(({ blob }, i) => ({ name: names[i] ?? '', blob }));
      saveFile(await zipFrom(files, signal), ARCHIVE);
      if (history) keeper.wasSaved(history.present.photo);
      for (const { id, work } of results) {
        updateItem(id, { work: Object.freeze({ ...work, isSaved: true }) });
      }
      const words = { saved: results.length, file: ARCHIVE };
      store.update({ job: null, status: { key: 'queue.saved', words } });
    });
  }

  /**
   * The file that a result is saved as: byte for byte that of saving it alone.
   * @param {Kept} kept @param {Blob} file  that its photo was opened from @param {AbortSignal} signal
   */
  async function fileFrom({ blob, isRaw, width, height, metadata: said }, file, signal) {
    const { format: wish, quality, isMetadataKept } = store.get();
    const metadata = isMetadataKept ? said : null;
    const kind = wish === 'same' ? await kindOf(file).catch(() => GONE) : wish;
    if (kind === 'png' && !isRaw && !metadata) return { format: kind, blob };
    const bytes = new Uint8Array(await blob.arrayBuffer());
    signal.throwIfAborted();
    /** @type {Pixels} */
    const pixels = isRaw ? { width, height, rgba: bytes } : await engine.decode(bytes, signal);
    const format = await formatFor(wish, { ...pixels, kind });
    if (format === 'png' && !isRaw && !metadata) return { format, blob };
    return {
      format,
      blob: blobFrom(await engine.encode(pixels, format, quality, signal, metadata), format),
    };
  }

  return { saveAll: () => void saveAll() };
}
