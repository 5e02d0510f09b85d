/**
 * The images behind a part of a figure, in a sheet over the page; each leads to the editor.
 *
 * @import { Select } from "./dashboard-format.js"
 * @typedef {{id: number, name: string, status: string, status_name: string, url: string, thumbnail: string}} FrameCard
 */
import { ask } from "../net/request.js";
import { byId, element } from "../ui/dom.js";
import { gettext, interpolate, ngettext } from "../ui/i18n.js";
import { formatNumber } from "./upload/format.js";

export class FramesBehind {
  /** @param {string} address of the figures @param {() => URLSearchParams} choice what is shown now */
  constructor(address, choice) {
    this.address = address;
    this.choice = choice;
    this.dialog = byId("behind", HTMLDialogElement);
    this.title = byId("behind-title", HTMLElement);
    this.count = byId("behind-count", HTMLElement);
    this.list = byId("behind-frames", HTMLUListElement);
    this.asked = 0;
    this.dialog.querySelector("[data-close]")?.addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("pointerdown", (event) => event.target === this.dialog && this.dialog.close());
  }

  /** @param {string} figure its name @param {Select} select @param {string} title */
  async open(figure, select, title) {
    const words = this.choice();
    for (const [name, value] of Object.entries(select)) words.set(name, String(value));
    this.title.textContent = title;
    this.count.textContent = gettext("Looking for the images…");
    this.list.replaceChildren();
    if (!this.dialog.open) this.dialog.showModal();
    const mine = ++this.asked;
    const answer = await ask(`${this.address}/${figure}/frames?${words}`);
    if (mine !== this.asked) return; // something else was asked for meanwhile
    if (answer.ok) this.show(answer.body);
    else this.count.textContent = answer.detail || gettext("The server cannot be reached. Try again in a moment.");
  }

  /** @param {{frames: FrameCard[], total: number}} found */
  show({ frames, total }) {
    const text = ngettext("%(count)s image", "%(count)s images", total);
    const rest = total > frames.length ? ` · ${interpolate(gettext("the first %(count)s are shown"), { count: formatNumber(frames.length) })}` : "";
    this.count.textContent = total ? interpolate(text, { count: formatNumber(total) }) + rest : gettext("No image.");
    this.list.replaceChildren(...frames.map(cardOf));
  }
}

/** @param {FrameCard} frame */
function cardOf({ name, status, status_name: statusName, url, thumbnail }) {
  const picture = element("img", { src: thumbnail, alt: "", loading: "lazy", width: "240", height: "150" });
  picture.addEventListener("error", () => picture.remove()); // the place stays, and says nothing wrong
  const line = element("span", { class: "frame-card__line" }, [
    element("span", { class: `dot dot--${status}`, title: statusName }), element("span", { class: "visually-hidden", text: `${statusName}: ` }),
    element("span", { class: "frame-card__name", title: name, text: name }),
  ]);
  return element("li", { class: "frame-card" }, [element("a", { href: url }, [element("span", { class: "thumb" }, [picture]), line])]);
}
