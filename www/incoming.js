// What comes in, and for whom: files and folders for the visitor, samples for either, and all that the
// demonstration shows. Its photos take each other's place, and a visitor's stay.

import { CodedError } from './engine/protocol.js';
import { createOwnWeights, isWeightFile } from './engine/own-weights.js';
import { fetchSample } from './files/photo-file.js';
import { pastedFiles } from './files/receiving.js';
import { createKiosk } from './kiosk.js';
import { reveal } from './panels/compare.js';
import { isRecipeFile } from './queue/replay.js';

/** @import { createActions } from './actions.js' */
/** @import { wishesFromAddress } from './address.js' */
/** @import { Engine } from './engine/engine.js' */
/** @import { FolderFile } from './files/folders.js' */
/** @import { NamedFile } from './queue/queue-work.js' */
/** @import { Snapshot, State } from './store.js' */

/**
 * @param {object} parts
 * @param {{ get: () => Snapshot, update: (change: Partial<State>) => void }} parts.store
 * @param {Engine} parts.engine
 * @param {ReturnType<typeof createActions>} parts.actions
 * @param {ReturnType<typeof wishesFromAddress>} parts.asked  for by the address
 */
export function createIncoming({ store, engine, actions, asked }) {
  const { explain, queue } = actions;
  const getState = store.get;
  const ownWeights = createOwnWeights({ store, engine, explain });
  /** The photo that the demonstration has open; 0 once a visitor may have worked on it. */
  let kioskId = 0;
  /** How often it was stopped: a photo that was being opened meanwhile is a visitor's. */
  let stops = 0;

  const ownPhotos = () => getState().queue.items.filter(({ id }) => id !== kioskId);
  const kiosk = createKiosk({
    store,
    actions: {
      ...actions,
      open: openForKiosk,
      draw: (shape) => actions.go({ shapes: [shape], grid: null }),
      reveal: () => reveal(store),
      ownPhotos: () => ownPhotos().map(({ id }) => id),
      openOwn: queue.openItem,
      async canCutOut() {
        await engine.start().catch(() => {}); // Why it failed was told.
        return getState().trained.includes('cutout');
      },
      isGrey: async (photo, signal) =>
        getState().trained.includes('colorize') &&
        (await engine.colouring(photo, signal)) !== 'coloured',
    },
    secs: asked.secs,
    tool: asked.kioskTool,
    withMethods: asked.withMethods,
  });

  /** @param {File[]} files */
  async function openFiles(files) {
    void ownWeights.use(files.filter(isWeightFile));
    const photos = files.filter((file) => !isWeightFile(file) && !isRecipeFile(file));
    if (photos.length > 0) {
      await openPhotos(async () => photos.map((blob) => ({ name: blob.name || 'photo', blob })));
    }
    const recipes = files.filter(isRecipeFile);
    if (recipes.length > 0 && getState().kiosk) stopKiosk();
    await actions.replay.followFiles(recipes);
  }
  const paste = () => pastedFiles().then(openFiles, explain);

  /** What is opened while the demonstration runs is its programme from then on. @param {() => Promise<readonly NamedFile[]>} getFiles */
  async function openPhotos(getFiles) {
    const { kiosk: isShown, queue: open } = getState();
    const isInPlace = isShown !== null && open.openId === kioskId;
    if (isShown) stopShowing();
    await queue.open(getFiles, { isInPlace });
    if (isShown) kiosk.start(true);
  }

  /** @param {Promise<FolderFile[]>} inside */
  function openFolders(inside) {
    void openPhotos(async () => {
      const files = await inside;
      if (files.length === 0) throw new CodedError('no-pictures');
      return files;
    });
  }
  /** @param {string} name @param {boolean} [isInPlace]  see `queue.open` */
  async function openSample(name, isInPlace = false) {
    const getFiles = async (/** @type {AbortSignal} */ signal) => [
      { name: `${name}.jpg`, blob: await fetchSample(name, signal) },
    ];
    await queue.open(getFiles, { isInPlace });
  }

  /** @param {string} name */
  async function openForKiosk(name) {
    const before = stops;
    await openSample(name, getState().queue.openId === kioskId);
    if (stops === before) kioskId = getState().queue.openId;
  }

  function stopShowing() {
    stops += 1;
    kiosk.stop();
  }

  /** The page is the visitor's again. */
  function stopKiosk() {
    if (getState().queue.openId === kioskId) queue.giveUp();
    kioskId = 0;
    stopShowing();
    const action = { key: /** @type {const} */ ('kiosk.again'), run: () => kiosk.start() };
    store.update({ notice: { tone: 'info', key: 'kiosk.stopped', action } });
  }

  return {
    ...{ openFiles, openFolders, openSample, paste, ownWeights },
    kiosk: { ...kiosk, stop: stopKiosk },
  };
}
