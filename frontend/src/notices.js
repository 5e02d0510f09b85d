/**
 * What a person must be told about an edit that did not go as drawn. Texts are the UI's business.
 *
 * @import { BoxFields } from './box.js'
 * @import { Nack } from './protocol.js'
 * @import { Opinion } from './opinions.js'
 * @import { Pending } from './pending.js'
 *
 * @typedef {'refused'|'stale'|'gone'|'overwritten'|'partial-undo'|'storage'} NoticeKind
 *   refused: the server said no (`code`, `detail`). stale: an offline edit met a newer value (`mine`, `theirs`; answer with
 *   `keepMine`). gone: the box had been deleted (`keepMine` restores it). overwritten: somebody changed what I had
 *   just written (`by`, `fields`). partial-undo: an undo or redo left `fields` alone that others had changed since.
 *   storage: undecided edits would not survive a crash of this browser.
 * @typedef {{
 *   id: number, kind: NoticeKind, boxId: string|null, code: string|null, detail: string, fields: string[],
 *   by: number|null, mine: Partial<BoxFields>|null, theirs: Partial<BoxFields>|null, said?: {detection: string, opinion: Opinion}
 * }} Notice `said`: what was said of a detection as a whole, where that was refused
 */

/**
 * @param {Partial<Notice> & {kind: NoticeKind}} parts
 * @returns {Omit<Notice, 'id'>}
 */
export function noticeOf(parts) {
  return { boxId: null, code: null, detail: '', fields: [], by: null, mine: null, theirs: null, ...parts };
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
