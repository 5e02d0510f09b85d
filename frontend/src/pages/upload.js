/**
 * Adding images to a project: files, folders, archives and videos, dropped anywhere on the page or chosen.
 *
 * @import { Named } from "./upload/gather.js"
 */
import { byId } from "../ui/dom.js";
import { gettext, interpolate } from "../ui/i18n.js";
import { refreshFrames } from "./frames.js";
import { Jobs } from "./jobs.js";
import { chosen, dropped, isVideoName } from "./upload/gather.js";
import { Panel } from "./upload/panel.js";
import { isEnded, UploadQueue } from "./upload/queue.js";
import { sender } from "./upload/send.js";

/** @param {HTMLElement} section #upload, with what the server knows in its data attributes */
export function startUpload(section) {
  const limit = { bytes: Number(section.dataset["limit"]), text: section.dataset["limitText"] ?? "" };
  const jobs = new Jobs(section.dataset["jobs"] ?? "", refreshFrames);
  const queue = new UploadQueue(sender(section.dataset["address"] ?? "", rate));
  const panel = new Panel(queue);
  let isNews = false;
  queue.changed = (item, outcome) => {
    panel.changed(item);
    if (item.state === "held") askForRate(queue);
    if (!isEnded(item)) return;
    isNews ||= item.state === "added";
    if (outcome?.job) jobs.watch();
    if (isNews) refreshFrames({ soon: queue.isBusy });
    isNews &&= queue.isBusy;
  };
  /** @param {Iterable<{files: Named[], leftOut: number}>|AsyncIterable<{files: Named[], leftOut: number}>} batches */
  const take = async (batches) => {
    for await (const { files, leftOut } of batches) {
      panel.leaveOut(leftOut);
      sort(queue, files, limit);
      await new Promise((resolve) => setTimeout(resolve)); // lets the page breathe
    }
    panel.draw();
  };
  wireChoosers(take);
  wireDrop(take);
  wireRate(queue);
  window.addEventListener("beforeunload", (event) => queue.isBusy && event.preventDefault());
  jobs.watch();
}

/**
 * Videos wait until their rate is chosen; what is too large is not even sent.
 * @param {UploadQueue} queue @param {Named[]} files @param {{bytes: number, text: string}} limit
 */
function sort(queue, files, limit) {
  const fitting = files.filter(({ file }) => file.size <= limit.bytes);
  queue.add(fitting.filter(({ name }) => !isVideoName(name)));
  queue.add(fitting.filter(({ name }) => isVideoName(name)), "held");
  const note = interpolate(gettext("The file is larger than %(limit)s."), { limit: limit.text });
  queue.refuse(files.filter(({ file }) => file.size > limit.bytes), note);
}

/** @param {(batches: Iterable<{files: Named[], leftOut: number}>) => unknown} take */
function wireChoosers(take) {
  for (const id of ["upload-files", "upload-folder"]) {
    const input = byId(id, HTMLInputElement);
    input.addEventListener("change", () => {
      void take(chosen([...(input.files ?? [])]));
      input.value = ""; // the same file may be chosen again
    });
  }
}

/** @param {DragEvent} event */
const holdsFiles = (event) => event.dataTransfer?.types.includes("Files") ?? false;

/** The whole page takes files, so that nobody has to aim. @param {(batches: AsyncIterable<{files: Named[], leftOut: number}>) => unknown} take */
function wireDrop(take) {
  const sign = byId("upload-drop", HTMLElement);
  document.addEventListener("dragenter", (event) => {
    if (holdsFiles(event)) sign.hidden = false;
  });
  document.addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) sign.hidden = true; // it left the window
  });
  document.addEventListener("drop", (event) => {
    sign.hidden = true;
    if (!event.dataTransfer || !holdsFiles(event)) return;
    event.preventDefault();
    void take(dropped(event.dataTransfer));
  });
}

/** @returns {Record<string, string>} what the server is told about videos */
function rate() {
  const every = byId("video-by-every", HTMLInputElement).checked;
  const name = every ? "every" : "per_second";
  return { [name]: byId(every ? "video-every" : "video-per-second", HTMLInputElement).value };
}

/** @param {UploadQueue} queue */
function wireRate(queue) {
  const form = byId("upload-video", HTMLFormElement);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    queue.release();
    askForRate(queue);
  });
  byId("video-leave-out", HTMLButtonElement).addEventListener("click", () => {
    for (const item of queue.items) if (item.state === "held") queue.cancel(item);
    queue.clear();
    askForRate(queue);
  });
  for (const id of ["video-per-second", "video-every"]) {
    const input = byId(id, HTMLInputElement);
    input.addEventListener("input", () => { byId(`${id === "video-every" ? "video-by-every" : "video-by-second"}`, HTMLInputElement).checked = true; });
  }
}

/** @param {UploadQueue} queue */
function askForRate(queue) {
  const form = byId("upload-video", HTMLFormElement);
  const held = queue.items.filter((item) => item.state === "held");
  const wasHidden = form.hidden;
  form.hidden = held.length === 0;
  if (form.hidden) return;
  byId("video-names", HTMLElement).textContent = held.map((item) => item.name).join(", ");
  if (wasHidden) byId("video-per-second", HTMLInputElement).focus();
}
