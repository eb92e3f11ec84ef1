// Results out of the page: a file, the clipboard, a film of the steps.

import { CodedError } from '../engine/protocol.js';
import { compareWords, photoBefore } from '../panels/compare.js';
import { recordedFilm, saveFilm } from './film.js';
import { copyPicture, copyText, saveFile } from './photo-file.js';
import { blobFrom, formatFor, resultName, stemOf } from './photo-file.js';

/** @import { Engine } from '../engine/engine.js' */
/** @import { createJobs } from '../jobs.js' */
/** @import { Recipe } from '../queue/queue.js' */
/** @import { Entry, Photo, Snapshot, State, StepName } from '../store.js' */

/** Whether the device takes pictures from a page. */
export function canShare() {
  const file = new File([''], 'photo.png', { type: 'image/png' });
  return 'canShare' in navigator && navigator.canShare({ files: [file] });
}

/**
 * @param {object} parts
 * @param {{ get: () => Snapshot, update: (change: Partial<State>) => void }} parts.store
 * @param {Engine} parts.engine
 * @param {ReturnType<typeof createJobs>['runJob']} parts.runJob
 * @param {(photo: Photo) => void} parts.onSaved
 * @param {(file: File) => string} parts.giveOut  what was saved, to the page around, if there is one
 * @param {(entry: Entry) => Recipe | null} parts.recipeOf
 */
export function createSaving({ store, engine, runJob, onSaved, giveOut, recipeOf }) {
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

  /** Saves what was opened and what was made of it as one picture. @param {'jpg' | 'gif'} [ending]  gif: one after the other */
  function savePair(ending = 'jpg') {
    const { history } = store.get();
    const words = compareWords(store.get());
    const opened = photoBefore(store.get());
    if (!history || !opened) return;
    const { photo } = history.present;
    void runJob('save', 'encode', async (signal) => {
      const make =
        ending === 'gif' ? (await import('./gif.js')).loopOf : (await import('./pair.js')).pairOf;
      const blob = await make(opened, photo, words);
      signal.throwIfAborted();
      const file = `${stemOf(photo.name)}-before-after.${ending}`;
      saveFile(blob, file);
      store.update({ status: { key: 'save.saved', words: { file } } });
    });
  }

  /**
   * What was done, as a recipe, given to somebody.
   * @param {(recipe: object, name: string) => StepName | Promise<StepName>} give  answers what was done with it
   */
  function withRecipe(give) {
    const { history } = store.get();
    if (!history) return;
    const { photo } = history.present;
    void runJob('save', 'encode', async (signal) => {
      const { stepsOf } = await import('./recipe.js');
      signal.throwIfAborted();
      const { steps, isWhole } = stepsOf([...history.past, history.present], recipeOf);
      if (steps.length === 0) throw new CodedError('recipe-empty');
      const name = await give({ steps }, photo.name);
      store.update({ status: isWhole ? name : { key: 'recipe.part', name } });
    });
  }

  const saveRecipe = () =>
    withRecipe((recipe, name) => {
      const file = `${stemOf(name)}-recipe.json`;
      saveFile(new Blob([JSON.stringify(recipe, null, 2)], { type: 'application/json' }), file);
      return { key: 'save.saved', words: { file } };
    });

  /** Copies the address that does the same to the photo opened there. */
  const copyRecipe = () =>
    withRecipe(async (recipe) => {
      const address = new URL(location.pathname, location.href);
      address.searchParams.set('recipe', JSON.stringify(recipe));
      await copyText(address.href);
      return { key: 'recipe.copied' };
    });

  /**
   * Writes the picture as a file is wished, and gives it to somebody.
   * @param {(file: File, photo: Photo) => void | Promise<void>} give
   */
  function encoded(give) {
    const { history, format: wish, quality, isMetadataKept } = store.get();
    if (!history) return;
    const { photo } = history.present;
    const metadata = isMetadataKept ? photo.metadata : null;
    void runJob('save', 'encode', async (signal) => {
      const format = await formatFor(wish, photo);
      signal.throwIfAborted();
      const blob = blobFrom(await engine.encode(photo, format, quality, signal, metadata), format);
      await give(new File([blob], resultName(photo, format), { type: blob.type }), photo);
    });
  }

  /** Hands the picture to other programs of the device. */
  const share = () => encoded(handOver);

  /**
   * A browser shares only just after a click: where writing the file took too long for that, the next
   * click does. Whoever closes the sheet again has changed their mind.
   * @param {File} file @param {Photo} photo
   */
  async function handOver(file, photo) {
    try {
      await navigator.share({ files: [file] });
      onSaved(photo);
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return;
      const action = {
        key: /** @type {const} */ ('share.run'),
        run: () => void handOver(file, photo),
      };
      const words = { file: file.name };
      store.update({ notice: { tone: 'info', key: 'share.ready', words, action } });
    }
  }

  function save() {
    encoded((file, photo) => {
      saveFile(file, file.name);
      onSaved(photo);
      const page = giveOut(file);
      const isBare = store.get().isMetadataKept && !photo.metadata;
      const key = page ? 'save.given' : isBare ? 'save.bare' : 'save.saved';
      store.update({ status: { key, words: { file: file.name, page } } });
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

  return { film, save, savePair, saveRecipe, copyRecipe, share, copy };
}
