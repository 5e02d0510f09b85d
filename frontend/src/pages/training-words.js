/**
 * What is said of a training while it runs.
 *
 * @import { Figure } from "./dashboard-format.js"
 *
 * @typedef {{
 *   id: string, is_active: boolean, state: string, state_name: string, stage_name: string, epoch: number, epochs: number,
 *   share: number|null, eta_s: number|null, spent_s: number|null, message: string, log: string, may_cancel: boolean,
 *   may_retry: boolean, curves: Figure[],
 * }} TrainingCard as annotate/views/training_cards.py says; `epoch` counts whole ones
 */
import { gettext, interpolate } from "../ui/i18n.js";
import { formatSeconds } from "./dashboard-format.js";

/** @param {TrainingCard} card */
export function epochsText({ epoch, epochs }) {
  return epochs ? interpolate(gettext("epoch %(epoch)s of %(epochs)s"), { epoch, epochs }) : "";
}

/** Of a running one what is left, of one that is over what it took. @param {TrainingCard} card */
export function leftText({ is_active: isActive, eta_s: left, spent_s: spent }) {
  if (isActive && left !== null) return interpolate(gettext("about %(time)s left"), { time: formatSeconds(left) });
  if (spent === null) return "";
  const words = isActive ? gettext("%(time)s so far") : gettext("took %(time)s");
  return interpolate(words, { time: formatSeconds(spent) });
}
