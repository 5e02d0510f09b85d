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
 *   `keepMine`). gone: the box had been deleted (`keepMine` restores it). overwritten: somebody changed what I had
 *   just written (`by`, `fields`). touched, removed: somebody changed or deleted what I have selected or in the hand, one
 *   notice per person (`by`, `boxes`, `fields`). partial-undo: an undo or redo left `fields` alone that others had changed since.
 *   storage: undecided edits would not survive a crash of this browser.
 * @typedef {{
 *   id: number, kind: NoticeKind, boxId: string|null, code: string|null, detail: string, fields: string[],
 *   by: number|null, mine: Partial<BoxFields>|null, theirs: Partial<BoxFields>|null, said?: {detection: string, opinion: Opinion},
 *   boxes?: readonly string[]
 * }} Notice `boxes`: all that it is about, the newest is `boxId`. `said`: what was said of a detection as a whole, where that was refused
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
  return notices.map((one) => (one === there ? { ...there, boxId: news.boxId, boxes, fields } : one));
}

/**
 * @param {Pending} command
 * @param {Nack} nack
 * @returns {Omit<Notice, 'id'>}
 */
export function noticeOfRefusal(command, nack) {
  const { code, detail, cur } = nack;
  const kind = code === 'stale' || code === 'gone' ? code : 'refused';
  const fields = code === 'stale' ? Object.keys(cur) : Object.keys(command.set);
  const mine = command.k === 'set' ? command.set : null;
  const { detection, opinion } = command;
  const said = detection !== undefined && opinion !== undefined ? { said: { detection, opinion } } : {};
  return noticeOf({ kind, boxId: command.box, code, detail, fields, mine, theirs: cur, ...said });
}
