/**
 * Rows of the table of commands (input/shortcuts.js): judging what a model proposed. Those that name a mode have their keys
 * in it only, so that they never stand in the way of drawing.
 *
 * @import { Mood, Shortcut } from '../shortcuts.js'
 * @import { Mode } from '../../view-state.js'
 */
import { needs } from '../../tools/commands/needs.js';
import { gettext } from '../../ui/i18n.js';

/** @type {{group: 'audit', modes: Mode[], moods: Mood[], isOnce: true}} */
const JUDGING = { group: 'audit', modes: ['audit'], moods: ['idle', 'selected'], isOnce: true };
/** @type {{group: 'audit', modes: Mode[]}} */
const AUDITING = { group: 'audit', modes: ['audit'] };
const whole = () => gettext('With nothing selected: the newest detection as a whole');

/** @type {Shortcut[]} */
export const AUDIT = [
  { ...JUDGING, id: 'audit.positive', keys: ['A'], name: () => gettext('Rate positive: accept'), short: () => gettext('Positive'), hint: whole,
    needs: [needs.edit], words: 'good yes thumbs up feedback bon oui accepter avis positif' },
  { ...JUDGING, id: 'audit.negative', keys: ['S'], name: () => gettext('Rate negative: reject'), short: () => gettext('Negative'), hint: whole,
    needs: [needs.edit], words: 'bad no wrong thumbs down feedback mauvais non rejeter avis négatif' },
  { ...JUDGING, id: 'audit.neutral', keys: ['D'], name: () => gettext('Rate neutral: leave undecided'), short: () => gettext('Neutral'), hint: whole,
    needs: [needs.edit], words: 'skip unsure maybe feedback passer indécis avis neutre' },
  { ...AUDITING, id: 'audit.next', keys: ['Tab'], name: () => gettext('Next proposal'), moods: ['idle', 'selected'], short: () => gettext('Next proposal'),
    hint: () => gettext('The most doubtful first'), needs: [needs.proposals], words: 'walk uncertain suivante parcourir incertain' },
  { ...AUDITING, id: 'audit.previous', keys: ['Shift+Tab'], name: () => gettext('Previous proposal'), needs: [needs.proposals],
    words: 'walk back précédente parcourir' },
  { ...AUDITING, id: 'audit.accept', keys: ['J'], name: () => gettext('Accept without a rating'), moods: ['selected'], short: () => gettext('Accept'),
    isOnce: true, needs: [needs.judge], words: 'keep yes proposal accepter garder proposition' },
  { ...AUDITING, id: 'audit.reject', keys: ['K'], name: () => gettext('Reject without a rating'), moods: ['selected'], short: () => gettext('Reject'),
    isOnce: true, needs: [needs.judge], words: 'no wrong proposal rejeter refuser proposition' },
  { ...AUDITING, id: 'audit.accept-rest', keys: ['Shift+J'], name: () => gettext('Accept all that is left'), moods: ['idle', 'selected'],
    short: () => gettext('Accept the rest'), hint: () => gettext('When the wrong ones are put right; not what is hidden or left undecided'), isOnce: true,
    needs: [needs.edit, needs.proposals], words: 'everything bulk remaining tout accepter reste restant' },
  { ...AUDITING, id: 'audit.many', keys: ['M'], name: () => gettext('Accept or reject many by confidence'), moods: ['idle'], short: () => gettext('Many'),
    isOnce: true, needs: [needs.edit, needs.audit], words: 'all threshold bulk batch tout seuil lot plusieurs' },
  { ...AUDITING, id: 'audit.accept-many', keys: [], name: () => gettext('Accept all on this side of the threshold'), needs: [needs.edit, needs.audit, needs.proposals],
    words: 'bulk tout accepter seuil' },
  { ...AUDITING, id: 'audit.reject-many', keys: [], name: () => gettext('Reject all on this side of the threshold'), needs: [needs.edit, needs.audit, needs.proposals],
    words: 'bulk tout rejeter seuil' },
  { id: 'mode.audit', group: 'audit', keys: ['Shift+A'], name: () => gettext('Audit mode on or off'), isOnce: true, moods: ['idle'], short: () => gettext('Audit'),
    hint: () => gettext('Single keys judge what a model proposed'), words: 'review verify proposals judge vérifier relire juger propositions' },
  { id: 'ai.detect', group: 'audit', keys: ['Shift+D'], name: () => gettext('Let a model detect objects'), isOnce: true, needs: [needs.edit],
    words: 'ai yolo predict propose model détecter modèle proposer ia' },
  { id: 'ai.cancel', group: 'audit', keys: [], name: () => gettext('Cancel the detection'), isOnce: true, needs: [needs.detecting],
    words: 'stop abort ai model arrêter interrompre annuler détection' },
  { id: 'view.proposals', group: 'view', keys: ['P'], name: () => gettext('Hide or show proposals'), isOnce: true,
    words: 'ai model blind masquer afficher propositions modèle' },
  { id: 'frame.no-objects', group: 'images', keys: [], name: () => gettext('Complete: no objects here'), needs: [needs.edit, needs.online, needs.empty],
    hint: () => gettext('That nothing is to be found here is a result too'), words: 'empty nothing background negative vide rien aucun' },
];
