/**
 * What a person must be told about an edit that did not go as drawn. Texts are the UI's business.
 *
 * @import { BoxFields } from './box.js'
 * @import { Nack } from './protocol.js'
 * @import { Opinion } from './opinions.js'
 * @import { Pending } from './pending.js'
 *
 * @typedef {'refused'|'stale'|'gone'|'overwritten'|'touched'|'removed'|'partial-undo'|'storage'} NoticeKind
 *   refused: the server said no (`code`, `detail`). stale: an offline edit met a newer value (`mine`, `theirs`; answer with
 *   `keepMine`), or a verdict came second. gone: the box had been deleted (`keepMine` restores it). overwritten: somebody changed what I had
 *   just written (`by`, `fields`). touched, removed: somebody changed or deleted what I have selected or in the hand, one
 *   notice per person (`by`, `boxes`, `fields`). partial-undo: an undo or redo left `fields` alone that others had changed since.
 *   storage: undecided edits would not survive a crash of this browser.
 * @typedef {{
 *   id: number, kind: NoticeKind, boxId: string|null, code: string|null, detail: string, fields: string[],
 *   by: number|null, mine: Partial<BoxFields>|null, theirs: Partial<BoxFields>|null, said?: {detection: string, opinion: Opinion},
 *   boxes?: readonly string[], removes?: true
 * }} Notice `boxes`: all that it is about, the newest is `boxId`. `said`: what was said of a detection as a whole, where that was refused.
 *   `by`: who was first, if the server said so. `theirs`: of a box, what it is now. `removes`: mine was to delete it
 */

/**
 * @param {Partial<Notice> & {kind: NoticeKind}} parts
 * @returns {Omit<Notice, 'id'>}
 */
export function noticeOf(parts) {
  return { boxId: null, code: null, detail: '', fields: [], by: null, mine: null, theirs: null, ...parts };
}

/**
 * With more of the same: what one person does to many boxes, or often to one, is one notice.
 * @param {readonly Notice[]} notices
 * @param {Omit<Notice, 'id'>} news
 * @returns {Notice[]|null} null where there is none of the same kind and person yet
 */
export function joined(notices, news) {
  const there = notices.find(({ kind, by }) => kind === news.kind && by === news.by);
  if (!there) return null;
  const boxes = [...new Set([...there.boxes ?? [], ...news.boxes ?? []])];
  const fields = [...new Set([...there.fields, ...news.fields])];
  const theirs = boxes.length === 1 ? { ...there.theirs, ...news.theirs } : null;
  return notices.map((one) => (one === there ? { ...there, boxId: news.boxId, boxes, fields, theirs } : one));
}

/**
 * One question per box: what is refused after it for the same reason is a part of it, and that the box was touched is said by it.
 * @param {readonly Notice[]} notices
 * @param {Omit<Notice, 'id'>} news of a refusal
 * @returns {{notices: Notice[], news: Omit<Notice, 'id'>}} what stays, and what is to be told
 */
export function withQuestion(notices, news) {
  const isAbout = (/** @type {Notice} */ { boxes, boxId }) => (boxes ?? [boxId]).every((id) => id === news.boxId);
  if (news.kind !== 'stale' || news.said) return { notices: [...notices], news };
  const earlier = notices.find((one) => one.kind === 'stale' && !one.said && isAbout(one));
  const left = notices.filter((one) => one !== earlier && !(one.kind === 'touched' && isAbout(one)));
  if (!earlier) return { notices: left, news };
  const mine = earlier.mine || news.mine ? { ...earlier.mine, ...news.mine } : null;
  return { notices: left, news: { ...news, mine, theirs: { ...earlier.theirs, ...news.theirs }, fields: [...new Set([...earlier.fields, ...news.fields])] } };
}

/**
 * @param {Pending} command
 * @param {Nack} nack
 * @returns {Omit<Notice, 'id'>}
 */
export function noticeOfRefusal(command, nack) {
  const { code, detail, cur, by } = nack;
  const kind = code === 'stale' || code === 'gone' ? code : 'refused';
  const fields = code === 'stale' ? Object.keys(cur) : Object.keys(command.set);
  const mine = command.k === 'set' ? command.set : null;
  const { detection, opinion } = command;
  const said = detection !== undefined && opinion !== undefined ? { said: { detection, opinion } } : {};
  /** @type {{removes?: true}} */
  const removes = command.k === 'delete' ? { removes: true } : {};
  return noticeOf({ kind, boxId: command.box, code, detail, fields, by, mine, theirs: cur, ...said, ...removes });
}
