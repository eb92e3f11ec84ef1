// The page as a part of another one, which hands pictures over and gets what is saved.
//
// Whoever may hand pictures over also gets what the visitor saves. So the host of this page says who
// that is, in index.html; the page around cannot say so itself. All others are not listened to.

/**
 * What the two say to each other: files to open, none to say that there is somebody; and a file that
 * was saved.
 * @typedef {Readonly<{ kind: 'naobu-open', files: readonly File[] }>} Handed
 * @typedef {Readonly<{ kind: 'naobu-save', file: File }>} Given
 */
/** @typedef {Pick<Window, 'parent' | 'addEventListener' | 'location'>} Scope */

/** The origins that index.html names, beside our own. @param {Scope} scope @param {string} named */
export function originsFrom({ location }, named) {
  return [location.origin, ...named.split(/\s+/).filter(Boolean)];
}

/**
 * @param {object} parts
 * @param {Scope} parts.scope
 * @param {readonly string[]} parts.allowed  origins
 * @param {(page: string) => void} parts.onEmbedded  by a page of that origin
 * @param {(files: File[]) => void} parts.openFiles  at least one
 */
export function createEmbedding({ scope, allowed, onEmbedded, openFiles }) {
  const { parent } = scope;
  let page = '';

  scope.addEventListener('message', ({ source, origin, data }) => {
    const isKnown = parent !== scope && source === parent && allowed.includes(origin);
    if (!isKnown || data?.kind !== 'naobu-open' || !Array.isArray(data.files)) return;
    if (page !== origin) onEmbedded(origin);
    page = origin;
    const files = data.files.filter((/** @type {unknown} */ each) => each instanceof File);
    if (files.length > 0) openFiles(files);
  });

  /** Gives what was saved to the page around; answers with its origin, empty where there is none. @param {File} file */
  function give(file) {
    if (page) parent.postMessage(/** @type {Given} */ ({ kind: 'naobu-save', file }), page);
    return page;
  }

  return { give };
}
