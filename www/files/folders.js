// Folders that are dropped on the page: the pictures in them, and where they lay.

/** @typedef {{ name: string, blob: Blob, folder: string }} FolderFile */

/** What a file of a folder is called if it is a picture; other files there are no mistake. */
const PICTURE = /\.(png|jpe?g|jfif|webp|gif|bmp|avif|heic|heif|tiff?)$/i;

/**
 * What a drop holds where folders are among it; `null` where there is none. To be called while the
 * drop is told: its entries are gone a moment later.
 * @param {DataTransfer | null} dropped
 * @returns {Promise<FolderFile[]> | null}
 */
export function droppedFolders(dropped) {
  const entries = [...(dropped?.items ?? [])].flatMap(
    (item) => item.webkitGetAsEntry?.() ?? /** @type {FileSystemEntry[]} */ ([]),
  );
  if (!entries.some(({ isDirectory }) => isDirectory)) return null;
  return filesOf(entries, '');
}

/** @param {readonly FileSystemEntry[]} entries @param {string} folder @returns {Promise<FolderFile[]>} */
async function filesOf(entries, folder) {
  const found = /** @type {FolderFile[]} */ ([]);
  for (const entry of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isDirectory) {
      const inside = await entriesOf(/** @type {FileSystemDirectoryEntry} */ (entry));
      found.push(...(await filesOf(inside, folder ? `${folder}/${entry.name}` : entry.name)));
    } else if (folder === '' || PICTURE.test(entry.name)) {
      const blob = await fileOf(/** @type {FileSystemFileEntry} */ (entry));
      found.push({ name: entry.name, blob, folder });
    }
  }
  return found;
}

/** A reader gives a hundred at a time, then none. @param {FileSystemDirectoryEntry} folder */
async function entriesOf(folder) {
  const reader = folder.createReader();
  const all = /** @type {FileSystemEntry[]} */ ([]);
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

/** @param {FileSystemFileEntry} entry @returns {Promise<File>} */
function fileOf(entry) {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}
