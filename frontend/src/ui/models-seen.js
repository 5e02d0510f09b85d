/**
 * Which models have looked at the image, and the way to their runs in MLflow for those who may look there. Above the history.
 *
 * @import { Detection, Detections } from '../detections.js'
 */
import { leftOutText } from './detection-words.js';
import { byId, element, icon } from './dom.js';
import { gettext, interpolate, ngettext } from './i18n.js';
import { percent } from './verdict-words.js';
import { ago, exactly } from './when.js';

/** @param {Detection} detection @returns {string} */
export function foundText({ proposed, is_silent: isSilent, confidence }) {
  if (isSilent) return gettext('What it found is kept for measuring and shown to nobody.');
  const words = ngettext('%(count)s proposal, confidence from %(share)s.', '%(count)s proposals, confidence from %(share)s.', proposed);
  return interpolate(words, { count: proposed, share: percent(confidence) });
}

/** @param {Detections} detections */
export function showModelsSeen(detections) {
  const place = byId('models-seen', HTMLElement);
  const update = () => {
    place.hidden = !detections.all.length;
    place.replaceChildren(
      element('summary', { text: interpolate(gettext('Detections on this image: %(count)s'), { count: detections.all.length }) }),
      element('ul', { class: 'seen__list' }, detections.all.map(itemOf)), ...awayNote(detections));
  };
  detections.subscribe(update);
  update();
}

/** @param {Detection} detection */
function itemOf(detection) {
  const at = Date.parse(detection.at);
  const when = element('time', { datetime: detection.at, title: exactly(at), text: ago(at) });
  const leftOut = leftOutText(detection.left_out);
  return element('li', { class: 'seen__item' }, [
    element('p', { class: 'seen__head' }, [element('strong', { text: detection.model }), ' · ', when, detection.by ? ` · ${detection.by}` : '']),
    element('p', { class: 'quiet', text: [foundText(detection), leftOut].filter(Boolean).join(' ') }),
    ...(detection.run ? [linkOf(detection)] : [])]);
}

/** @param {Detection} detection with a run */
function linkOf({ run = '', model }) {
  const name = interpolate(gettext('MLflow run of this detection by %(model)s'), { model });
  return element('a', { class: 'seen__run', href: run, 'aria-label': name, text: gettext('MLflow run') });
}

/** @param {Detections} detections */
function awayNote({ isMlflowAway }) {
  const text = gettext('MLflow does not answer now. Your edits are not affected, and it is told later.');
  return isMlflowAway ? [element('p', { class: 'notice notice--warning' }, [icon('triangle-alert'), text])] : [];
}
