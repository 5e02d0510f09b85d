/**
 * Files out of a drop or a chooser, folders with all that is in them, a batch at a time.
 *
 * @typedef {{file: File, name: string}} Named
 * @typedef {{files: Named[], leftOut: number}} Batch
 */

const BATCH = 100;
/** What operating systems add on their own. */
const NOISE = /^(?:\..*|thumbs\.db|desktop\.ini|__macosx)$/i;
/** What stands beside images in data sets; as COMPANIONS in annotate/media/archives.py. */
const COMPANION = /\.(?:txt|json|xml|csv|ya?ml|md|cfg|names|data|cache|html|log)$/i;
const VIDEO = /\.(?:mp4|m4v|mov|avi|mkv|webm|mpe?g|wmv|flv|ogv|3gp)$/i;

/** @param {string} name @returns {boolean} By its name alone: whether a rate has to be chosen. The server looks inside. */
export const isVideoName = (name) => VIDEO.test(name);

/**
 * Has to be called while the drop event is handled: afterwards its items are gone.
 * @param {DataTransfer} transfer
 * @returns {AsyncGenerator<Batch>}
 */
export function dropped(transfer) {
  const entries = [];
  const files = [];
  for (const item of transfer.items) {
    if (item.kind !== "file") continue;
    const entry = item.webkitGetAsEntry?.();
    if (entry?.isDirectory) entries.push(entry);
    else {
      const file = item.getAsFile();
      if (file) files.push(file);
    }
  }
  return inBatches(files, entries);
}

/**
 * @param {File[]} files
 * @param {FileSystemEntry[]} folders
 * @returns {AsyncGenerator<Batch>}
 */
async function* inBatches(files, folders) {
  yield* chosen(files);
  /** @type {Batch} */
  let batch = { files: [], leftOut: 0 };
  for (const folder of folders) {
    for await (const file of filesBelow(folder)) {
      if (COMPANION.test(file.name)) batch.leftOut += 1;
      else batch.files.push({ file, name: file.name });
      if (batch.files.length < BATCH) continue;
      yield batch;
      batch = { files: [], leftOut: 0 };
    }
  }
  yield batch;
}

/**
 * The files of an <input>. Of a chosen folder, what is no image does not count as chosen.
 * @param {Iterable<File>} files
 * @returns {Generator<Batch>}
 */
export function* chosen(files) {
  /** @type {Batch} */
  let batch = { files: [], leftOut: 0 };
  for (const file of files) {
    const parts = file.webkitRelativePath.split("/").filter(Boolean);
    if (parts.some((part) => NOISE.test(part))) continue;
    if (parts.length && COMPANION.test(file.name)) batch.leftOut += 1;
    else batch.files.push({ file, name: file.name });
    if (batch.files.length < BATCH) continue;
    yield batch;
    batch = { files: [], leftOut: 0 };
  }
  yield batch;
}

/**
 * @param {FileSystemEntry} entry
 * @returns {AsyncGenerator<File>} Files that cannot be read are passed over: the browser says no more about them.
 */
async function* filesBelow(entry) {
  if (NOISE.test(entry.name)) return;
  if (!entry.isDirectory) {
    const file = await fileOf(/** @type {FileSystemFileEntry} */ (entry));
    if (file) yield file;
    return;
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  for (let some = await someOf(reader); some.length; some = await someOf(reader)) {
    for (const each of some) yield* filesBelow(each);
  }
}

/** @param {FileSystemDirectoryReader} reader @returns {Promise<FileSystemEntry[]>} Up to a hundred at a time, at last none. */
function someOf(reader) {
  return new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
}

/** @param {FileSystemFileEntry} entry @returns {Promise<File|null>} */
function fileOf(entry) {
  return new Promise((resolve) => entry.file(resolve, () => resolve(null)));
}
