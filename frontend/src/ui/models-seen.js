/**
 * Which models have looked at the image, what people say of it, and the way to their runs in MLflow for those who may look there,
 * with the sessions in which people worked on it. Above the history.
 *
 * @import { Detection, Detections, Visit } from '../detections.js'
 * @import { Workspace } from '../workspace.js'
 */
import { opinionsOn } from '../opinions.js';
import { leftOutText } from './detection-words.js';
import { byId, element, icon } from './dom.js';
import { gettext, interpolate, ngettext } from './i18n.js';
import { opinionsText } from './opinion-words.js';
import { percent } from './verdict-words.js';
import { ago, exactly } from './when.js';

/** @param {Detection} detection @returns {string} */
export function foundText({ proposed, is_silent: isSilent, confidence }) {
  if (isSilent) return gettext('What it found is kept for measuring and shown to nobody.');
  const words = ngettext('%(count)s proposal, confidence from %(share)s.', '%(count)s proposals, confidence from %(share)s.', proposed);
  return interpolate(words, { count: proposed, share: percent(confidence) });
}

/** @param {Workspace} workspace @param {Detections} detections */
export function showModelsSeen(workspace, detections) {
  const place = byId('models-seen', HTMLElement), visits = byId('visits-seen', HTMLElement);
  const update = () => {
    place.hidden = !detections.all.length;
    place.replaceChildren(
      element('summary', { text: interpolate(gettext('Detections on this image: %(count)s'), { count: detections.all.length }) }),
      element('ul', { class: 'seen__list' }, detections.all.map((one) => itemOf(one, workspace))), ...awayNote(detections));
    visits.hidden = !detections.visits.length;
    visits.replaceChildren(
      element('summary', { text: interpolate(gettext('Sessions on this image: %(count)s'), { count: detections.visits.length }) }),
      element('ul', { class: 'seen__list' }, detections.visits.map(visitOf)), ...awayNote(detections));
  };
  detections.subscribe(update);
  workspace.subscribe(({ kinds }) => kinds.has('opinions') && update());
  update();
}

/** @param {Detection} detection @param {Workspace} workspace */
function itemOf(detection, { store }) {
  const when = timeOf(detection.at);
  const opinions = opinionsText(opinionsOn(store.opinions, detection.id, store.user));
  const words = [foundText(detection), leftOutText(detection.left_out), opinions && `${opinions}.`];
  return element('li', { class: 'seen__item' }, [
    element('p', { class: 'seen__head' }, [element('strong', { text: detection.model }), ' · ', when, detection.by ? ` · ${detection.by}` : '']),
    element('p', { class: 'quiet', text: words.filter(Boolean).join(' ') }),
    ...(detection.run ? [linkOf(detection)] : [])]);
}

/** @param {Detection} detection with a run */
const linkOf = ({ run = '', model }) => linkTo(run, interpolate(gettext('MLflow run of this detection by %(model)s'), { model }));

/** @param {Visit} visit */
function visitOf({ by, at, run }) {
  const name = interpolate(gettext('MLflow run of the session of %(name)s, %(when)s'), { name: by, when: exactly(Date.parse(at)) });
  return element('li', { class: 'seen__item' }, [
    element('p', { class: 'seen__head' }, [element('strong', { text: by }), ' · ', timeOf(at)]), linkTo(run, name)]);
}

/** @param {string} run address @param {string} name for who does not see what it stands beside */
const linkTo = (run, name) => element('a', { class: 'seen__run', href: run, 'aria-label': name, text: gettext('MLflow run') });

/** @param {string} iso */
function timeOf(iso) {
  const at = Date.parse(iso);
  return element('time', { datetime: iso, title: exactly(at), text: ago(at) });
}

/** @param {Detections} detections */
function awayNote({ isMlflowAway }) {
  const text = gettext('MLflow does not answer now. Your edits are not affected, and it is told later.');
  return isMlflowAway ? [element('p', { class: 'notice notice--warning' }, [icon('triangle-alert'), text])] : [];
}
