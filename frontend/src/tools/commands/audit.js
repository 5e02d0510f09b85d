/**
 * Judging what a model proposed: one key a verdict, and on to the next. Every verdict is an edit like any other, so it
 * can be undone, and two people never overwrite each other's.
 *
 * @import { Rating } from '../../audit.js'
 * @import { Box, BoxFields } from '../../box.js'
 * @import { Workspace } from '../../workspace.js'
 * @import { Actions, Parts } from './rights.js'
 */
import { byDoubt, hasObjects, hasProposals, isProposal, nextToJudge, proposalsBeside, proposalsIn, RATINGS } from '../../audit.js';
import { gettext, interpolate, ngettext } from '../../ui/i18n.js';
import { completeAndGo } from './frames.js';
import { whyNotChange, whyNotEdit } from './rights.js';

/** A key that comes so soon after the last verdict was meant for a proposal, not for the detection as a whole. */
const STILL_MEANT_MS = 900;

/** @param {Parts} parts @returns {Actions} */
export function auditCommands({ workspace }) {
  const judge = new Judge(workspace);
  const { view } = workspace;
  return {
    'mode.audit': () => toggleMode(workspace),
    'audit.next': () => void walkProposals(workspace, 1),
    'audit.previous': () => void walkProposals(workspace, -1),
    'audit.positive': () => judge.rate('positive'),
    'audit.negative': () => judge.rate('negative'),
    'audit.neutral': () => judge.rate('neutral'),
    'audit.accept': () => judge.judgeSelected({ status: 'accepted' }),
    'audit.reject': () => judge.judgeSelected({ status: 'rejected' }),
    'audit.accept-rest': () => judge.acceptRest(),
    'audit.many': () => view.set({ many: { ...view.now.many, isOpen: !view.now.many.isOpen } }),
    'audit.accept-many': () => judge.judgeMany('accepted'),
    'audit.reject-many': () => judge.judgeMany('rejected'),
    'view.proposals': () => toggleProposals(workspace),
    'ai.detect': () => workspace.host.toggleDetect(),
    'frame.no-objects': () => noObjects(workspace),
  };
}

class Judge {
  /** @param {Workspace} workspace */
  constructor(workspace) {
    this.workspace = workspace;
    this.lastAt = -Infinity;
  }

  /** The selected proposals; with nothing selected, the newest detection as a whole. @param {Rating} rating */
  rate(rating) {
    const { store, host } = this.workspace;
    if (store.selection.size) return this.judgeSelected(RATINGS[rating]);
    const why = whyNotEdit(this.workspace);
    if (why) return host.say(why);
    if (store.now() - this.lastAt < STILL_MEANT_MS) return host.say(gettext('Every proposal is judged.'));
    host.rateDetection(rating);
  }

  /** @param {Partial<BoxFields>} verdict */
  judgeSelected(verdict) {
    const why = whyNotJudge(this.workspace);
    if (why) return this.workspace.host.say(why);
    this.judge(selectedOfModels(this.workspace), verdict);
  }

  /** What the bar has chosen by its confidence. @param {'accepted'|'rejected'} status */
  judgeMany(status) {
    this.judgeAll(chosenMany(this.workspace), status, gettext('No proposal is on this side of the threshold.'));
  }

  /** What somebody left undecided waits for a word of its own. */
  acceptRest() {
    const rest = proposalsInReach(this.workspace).filter(({ feedback }) => feedback === '');
    this.judgeAll(rest, 'accepted', gettext('No proposal is left that nobody has judged.'));
  }

  /**
   * @param {readonly Box[]} boxes
   * @param {'accepted'|'rejected'} status
   * @param {string} whyNone said where there are none
   */
  judgeAll(boxes, status, whyNone) {
    const { host } = this.workspace;
    const why = whyNotEdit(this.workspace) || (boxes.length ? '' : whyNone);
    if (why) return host.say(why);
    this.judge(boxes, { status });
    const text = status === 'accepted' ? ngettext('%(count)s proposal accepted. One undo takes it back.', '%(count)s proposals accepted. One undo takes all back.', boxes.length)
      : ngettext('%(count)s proposal rejected. One undo takes it back.', '%(count)s proposals rejected. One undo takes all back.', boxes.length);
    host.say(interpolate(text, { count: boxes.length }));
  }

  /** One undo step, and on to the next. @param {readonly Box[]} boxes @param {Partial<BoxFields>} verdict */
  judge(boxes, verdict) {
    const { store, camera, host, view } = this.workspace;
    const order = proposalsInReach(this.workspace);
    const gesture = store.newGesture();
    store.together(() => boxes.forEach(({ id }) => store.set(id, verdict, gesture)));
    this.lastAt = store.now();
    const judged = new Set(boxes.map(({ id }) => id));
    const left = order.filter((box) => judged.has(box.id) || !view.now.covered.has(box.id)); // by what was accepted just now
    const next = nextToJudge(left, judged);
    store.select(next ? [next.id] : []);
    if (next) camera.reveal(next);
    else host.say(gettext('Every proposal is judged.'));
  }
}

/** @param {Workspace} workspace @returns {Box[]} */
function selectedOfModels({ selectedBoxes }) {
  return selectedBoxes.filter(({ source }) => source === 'model');
}

/** @param {Workspace} workspace @returns {string} why nothing of the selection can be judged now, '' when some of it can */
export function whyNotJudge(workspace) {
  const why = whyNotEdit(workspace) || whyNotChange(workspace);
  if (why || selectedOfModels(workspace).length) return why;
  return gettext('Only what a model proposed can be judged.');
}

/** @param {Workspace} workspace @returns {Box[]} what waits for a verdict and can be seen and touched, in the order of the walk */
export function proposalsInReach({ shownBoxes, index }) {
  return proposalsIn(shownBoxes.filter((box) => isProposal(box) && index.accepts(box)));
}

/** @param {Workspace} workspace @returns {string} why there is nothing to walk, '' when there is something */
export function whyNoProposals({ shownBoxes, index }) {
  return shownBoxes.some((box) => isProposal(box) && index.accepts(box)) ? '' : gettext('There are no proposals in sight.');
}

/** @param {Workspace} workspace @returns {Box[]} */
export function chosenMany(workspace) {
  return proposalsBeside(proposalsInReach(workspace), workspace.view.now.many);
}

/** @param {Workspace} workspace @param {number} step @returns {boolean} false at the end, where the focus may go on */
export function walkProposals(workspace, step) {
  const { store, camera } = workspace;
  const next = proposalBeside(workspace, step);
  if (!next) return false;
  store.select([next.id]);
  camera.reveal(next);
  return true;
}

/**
 * From what was judged just now, by a drag for instance, the walk goes on where it was, not from its start.
 * @param {Workspace} workspace
 * @param {number} step
 * @returns {Box|undefined}
 */
function proposalBeside(workspace, step) {
  const order = proposalsInReach(workspace);
  const [selected] = selectedOfModels(workspace);
  if (!selected) return order.at(step > 0 ? 0 : -1);
  const isBehind = (/** @type {Box} */ box) => box.id !== selected.id && byDoubt(selected, box) * step < 0;
  return step > 0 ? order.find(isBehind) : order.findLast(isBehind);
}

/** @param {Workspace} workspace */
function toggleMode({ view, preferences, host }) {
  const isOn = view.now.mode !== 'audit';
  view.set({ mode: isOn ? 'audit' : 'edit' });
  preferences.set({ audit: isOn });
  host.say(isOn ? gettext('Audit mode: keys judge what a model proposed.') : gettext('Audit mode is off.'));
}

/** @param {Workspace} workspace */
function toggleProposals({ view, host }) {
  const hidesProposals = !view.now.hidesProposals;
  view.set({ hidesProposals });
  host.say(hidesProposals ? gettext('Proposals are hidden.') : gettext('Proposals are shown.'));
}

/** That nothing is to be found here is a result, and as good as boxes. @param {Workspace} workspace */
function noObjects(workspace) {
  const why = whyNotEmpty(workspace);
  if (why) workspace.host.say(why);
  else void completeAndGo(workspace, { isEmpty: true });
}

/** @param {Pick<Workspace, 'store'>} workspace @returns {string} why one cannot say that nothing is here, '' when one can */
export function whyNotEmpty({ store }) {
  if (!store.knowsBoxes) return gettext('The boxes of this image are not here yet.');
  if (hasObjects(store.boxes.values())) return gettext('There are boxes on this image.');
  return hasProposals(store.boxes.values()) ? gettext('There are proposals to judge first.') : '';
}
