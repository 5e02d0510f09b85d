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
    this.more = byId("behind-more", HTMLButtonElement);
    this.page = "";
    this.last = 0; // the id of the last image that is shown
    this.asked = 0;
    this.more.addEventListener("click", () => void this.goOn());
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
    this.more.hidden = true;
    this.page = `${this.address}/${figure}/frames?${words}`;
    if (!this.dialog.open) this.dialog.showModal();
    await this.load(this.page);
  }

  /** The next ones come behind; the first of them has the focus, where the button was. */
  async goOn() {
    const shown = this.list.children.length;
    await this.load(`${this.page}&after=${this.last}`);
    this.list.children[shown]?.querySelector("a")?.focus();
  }

  /** @param {string} address */
  async load(address) {
    const mine = ++this.asked;
    const answer = await ask(address);
    if (mine !== this.asked) return; // something else was asked for meanwhile
    if (answer.ok) this.show(answer.body);
    else this.count.textContent = answer.detail || gettext("The server cannot be reached. Try again in a moment.");
  }

  /** @param {{frames: FrameCard[], total: number, has_more: boolean}} found */
  show({ frames, total, has_more: hasMore }) {
    this.list.append(...frames.map(cardOf));
    this.last = frames.at(-1)?.id ?? this.last;
    this.more.hidden = !hasMore;
    const shown = this.list.children.length;
    const text = ngettext("%(count)s image", "%(count)s images", total);
    const rest = hasMore ? ` · ${interpolate(gettext("the first %(count)s are shown"), { count: formatNumber(shown) })}` : "";
    this.count.textContent = total ? interpolate(text, { count: formatNumber(total) }) + rest : gettext("No image.");
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
