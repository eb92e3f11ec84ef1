// Results out of the page: a file, the clipboard, a film of the steps.

import { recordedFilm, saveFilm } from './film.js';
import { blobFrom, copyPicture, resultName, saveFile } from './photo-file.js';

/** @import { Engine } from '../engine/engine.js' */
/** @import { createJobs } from '../jobs.js' */
/** @import { Photo, Snapshot, State } from '../store.js' */

/**
 * @param {object} parts
 * @param {{ get: () => Snapshot, update: (change: Partial<State>) => void }} parts.store
 * @param {Engine} parts.engine
 * @param {ReturnType<typeof createJobs>['runJob']} parts.runJob
 * @param {(photo: Photo) => void} parts.onSaved
 */
export function createSaving({ store, engine, runJob, onSaved }) {
  /** Saves the steps of the extension as a film. */
  function film() {
    const strip = store.get().history?.present.strip;
    if (!strip) return;
    void runJob('extend', 'record', async (signal) => {
      const film = await recordedFilm(strip, signal);
      const file = saveFilm(film, strip.whole.name);
      store.update({ job: null, status: { key: 'save.saved', words: { file } } });
    });
  }

  function save() {
    const { history, format, quality } = store.get();
    if (!history) return;
    const { photo } = history.present;
    void runJob('save', 'encode', async (signal) => {
      const bytes = await engine.encode(photo, format, quality, signal);
      const file = resultName(photo, format);
      saveFile(blobFrom(bytes, format), file);
      onSaved(photo);
      store.update({ status: { key: 'save.saved', words: { file } } });
    });
  }

  function copy() {
    const { history } = store.get();
    if (!history) return;
    const { photo } = history.present;
    void runJob('save', 'encode', async (signal) => {
      const png = engine.encode(photo, 'png', 100, signal);
      await copyPicture(png.then((bytes) => blobFrom(bytes, 'png')));
      store.update({ status: { key: 'copy.done' } });
    });
  }

  return { film, save, copy };
}
