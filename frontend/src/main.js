/**
 * Puts the editor together: the only file that knows all parts.
 *
 * @import { Page } from './workspace.js'
 */
import { Comments, keeperIn } from './comments.js';
import { Detecting } from './detecting.js';
import { Detections } from './detections.js';
import { keymap } from './input/keymap.js';
import { listenToKeys } from './input/keyboard.js';
import { PointerInput } from './input/pointer.js';
import { Navigation } from './navigation.js';
import { saveChoices } from './net/account.js';
import { boxesOf } from './net/boxes.js';
import { commentServer } from './net/comments.js';
import { detectionServer, detectorServer } from './net/detections.js';
import { Queue } from './net/queue.js';
import { decide, nextToReview } from './net/review.js';
import { Renderer } from './renderer/renderer.js';
import { Reviewing } from './reviewing.js';
import { Sessions } from './sessions.js';
import { Commands } from './tools/commands.js';
import { Toolbox } from './tools/toolbox.js';
import { chooseLanguage, signOut } from './ui/account-forms.js';
import { makeAdjust } from './ui/adjust.js';
import { Announcer } from './ui/announcer.js';
import { AuditBar } from './ui/audit-bar.js';
import { BoxList } from './ui/box-list.js';
import { CommentsPanel } from './ui/comments-panel.js';
import { makeDetect } from './ui/detect-dialog.js';
import { byId } from './ui/dom.js';
import { makeFilter } from './ui/filter-panel.js';
import { showFilmstrip } from './ui/filmstrip.js';
import { guardFocus } from './ui/focus-guard.js';
import { followPeople } from './ui/follow.js';
import { allSaved, showFrameStatus, statusSetter } from './ui/frame-status.js';
import { showFrameTitle } from './ui/frame-title.js';
import { showGeometry } from './ui/geometry-form.js';
import { makeHelp } from './ui/help.js';
import { HistoryPanel } from './ui/history-panel.js';
import { gettext } from './ui/i18n.js';
import { describe } from './ui/keys.js';
import { showKeyStrip } from './ui/key-strip.js';
import { showKeyTexts } from './ui/key-texts.js';
import { showLabels } from './ui/label-panel.js';
import { wireLayout } from './ui/layout.js';
import { showModelsSeen } from './ui/models-seen.js';
import { showNotices } from './ui/notices.js';
import { Palette } from './ui/palette.js';
import { showPeople } from './ui/people.js';
import { showPins } from './ui/pins.js';
import { RatingSheet } from './ui/rating.js';
import { ReviewBar } from './ui/review-bar.js';
import { showSaveState } from './ui/save-state.js';
import { makeSettings } from './ui/settings.js';
import { showSidePanel } from './ui/side-panel.js';
import { showPicture, showStage } from './ui/stage.js';
import { chooseTheme, wireDrawer, wireMenu, wireTheme } from './ui/theme.js';
import { watchTips } from './ui/tips.js';
import { showToolbar } from './ui/toolbar.js';
import { watchPictures } from './ui/waiting-pictures.js';
import { Workspace } from './workspace.js';

/** @returns {Page} */
function pageFromDocument() {
  return JSON.parse(byId('editor-state', HTMLScriptElement).textContent ?? '');
}

/**
 * @param {Workspace} workspace
 * @param {Commands} commands
 * @param {HTMLElement} stage
 * @param {Announcer} announcer
 */
function showPanels(workspace, commands, stage, announcer) {
  showToolbar(byId('rail', HTMLElement), workspace, commands);
  showFrameTitle(workspace, commands);
  showFrameStatus(byId('frame-status', HTMLDetailsElement), workspace, commands);
  showLabels(byId('labels', HTMLElement), byId('labels-empty', HTMLElement), workspace, commands);
  const places = { list: byId('boxes', HTMLElement), count: byId('boxes-count', HTMLElement), empty: byId('boxes-empty', HTMLElement), away: byId('boxes-away', HTMLElement) };
  new BoxList(places, workspace, stage);
  showGeometry(workspace);
  showPeople(byId('people', HTMLElement), workspace);
  showFilmstrip(byId('film', HTMLElement), workspace);
  watchPictures();
  showKeyStrip(byId('key-strip', HTMLElement), workspace);
  showKeyTexts();
  showNotices(byId('notices', HTMLElement), workspace);
  showStage(stage, workspace);
  showPicture(byId('picture', HTMLImageElement), workspace, announcer);
}

/** What people do with each other: talk, look back, follow. @param {Workspace} workspace */
function showTogether(workspace) {
  const name = `hitl-comments-${workspace.page.user.id}`;
  const comments = new Comments(commentServer, keeperIn(localStorage, name), {
    newId: () => workspace.store.newId(), now: () => Date.now(), me: () => ({ user: workspace.page.user.id, name: workspace.page.user.name }),
    isOnTheWay: (box) => workspace.store.boxes.has(box) && !workspace.store.confirmed.has(box),
    refused: ({ text }, why) => panel.form.giveBack(text, why),
  });
  showSidePanel(workspace);
  new HistoryPanel(workspace);
  const panel = new CommentsPanel(workspace, comments);
  workspace.host.resolveComment = () => void panel.resolveFocused();
  showPins(byId('pins', HTMLElement), workspace, comments, (id) => panel.goTo(id));
  followPeople(workspace);
  const open = () => comments.open(workspace.page.frame.id, workspace.whenKnown());
  workspace.subscribe(({ kinds, ids }) => {
    if (kinds.has('frame') && ids === null) void open();
    else if (kinds.has('comments')) void comments.refresh(workspace.store.frame?.comments).then(() => comments.sendUnsent());
    else if (kinds.has('boxes') && comments.nextToSend && workspace.store.isOnline) void comments.sendUnsent();
  });
  void open().then(() => panel.goTo(new URLSearchParams(location.search).get('comment') ?? ''));
}

/** Judging what a model proposed, and asking it. @param {Workspace} workspace @param {Commands} commands */
function showAudit(workspace, commands) {
  const detections = new Detections(detectionServer);
  const detecting = new Detecting(detectorServer, { setTimeout: (run, ms) => setTimeout(run, ms), clearTimeout: (timer) => clearTimeout(timer) });
  const sheet = new RatingSheet(workspace, detections);
  workspace.host.toggleDetect = makeDetect(byId('detect', HTMLDialogElement), workspace, detecting);
  workspace.host.rateDetection = (rating) => sheet.rate(rating);
  workspace.host.isDetecting = () => detecting.isBusy;
  workspace.host.cancelDetection = () => void detecting.cancel();
  new AuditBar(workspace, commands, { detecting, detections });
  showModelsSeen(workspace, detections);
  const open = () => detections.open(workspace.page.frame.id, workspace.whenKnown());
  workspace.subscribe(({ kinds, ids }) => {
    if (kinds.has('frame') && ids === null) void open();
    else if (kinds.has('detections')) void detections.refresh();
  });
  void open();
}

/** Looking at what others labelled. @param {Workspace} workspace @param {Commands} commands */
function showReview(workspace, commands) {
  const { host } = workspace;
  const reviewing = new Reviewing(workspace, { decide, nextToReview }, {
    go: (card, claim) => host.go(card, claim), say: (text) => host.say(text), whenSaved: () => allSaved(workspace.store), newId: () => workspace.store.newId(),
  });
  const bar = new ReviewBar(workspace, commands, (text) => void reviewing.decide('returned', text).then((isDone) => isDone && bar.form.close()));
  host.approve = () => void reviewing.decide('approved');
  host.takeNextReview = () => void reviewing.next();
  host.askReason = () => {
    workspace.view.set({ mode: 'review' });
    bar.form.open();
  };
}

/** Keys follow the mode, and time counts while a hand moves. @param {Workspace} workspace */
function watchHands({ view, activeTime }) {
  view.subscribe((changed) => changed.has('mode') && keymap.enter(view.now.mode));
  keymap.enter(view.now.mode);
  for (const kind of ['pointermove', 'pointerdown', 'wheel', 'keydown']) addEventListener(kind, () => activeTime.seen(), { capture: true, passive: true });
}

/** @param {Workspace} workspace @param {Sessions} sessions @param {Announcer} announcer */
function showSaving(workspace, sessions, announcer) {
  const place = byId('save-state', HTMLElement);
  const refresh = showSaveState(place, workspace, {
    elsewhere: () => sessions.pendingElsewhere, signIn: place.dataset['signIn'] ?? '/login/', warn: (text) => announcer.warn(text),
  });
  sessions.changed = refresh;
}

/** @param {Sessions} sessions */
function watchWindow(sessions) {
  addEventListener('online', () => sessions.networkChanged(true));
  addEventListener('offline', () => sessions.networkChanged(false));
  addEventListener('pagehide', () => sessions.stop());
  addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
  addEventListener('beforeunload', (event) => sessions.wouldLose && event.preventDefault());
}

/** Choices go to the account, and at once to the other windows of this browser. @param {Workspace} workspace */
function keepPreferences({ preferences, view, page, host }) {
  const refused = () => host.say(gettext('The server did not take your settings. They hold in this window only.'));
  preferences.keep({
    send: saveChoices, storage: localStorage, name: `hitl-preferences-${page.user.id}`, refused,
    setTimeout: (run, ms) => setTimeout(run, ms), clearTimeout: (timer) => clearTimeout(timer),
  });
  const { audit } = preferences.now;
  if (audit !== page.preferences?.audit && view.now.mode !== 'review') view.set({ mode: audit ? 'audit' : 'edit' }); // the server has not heard of it yet
  addEventListener('storage', ({ key }) => preferences.copyChanged(key));
  addEventListener('online', () => void preferences.send());
  addEventListener('beforeunload', () => preferences.leave());
}

async function main() {
  const page = pageFromDocument();
  const sessions = await Sessions.begin(page.user.id);
  const workspace = new Workspace(sessions.enter(page.frame.id), page);
  const toolbox = new Toolbox(workspace);
  const commands = new Commands(workspace, toolbox);
  const stage = byId('main', HTMLElement);
  const renderer = new Renderer({
    stage, picture: byId('picture', HTMLImageElement), boxes: byId('layer-boxes', HTMLCanvasElement), live: byId('layer-live', HTMLCanvasElement),
  }, workspace);
  const announcer = new Announcer(byId('announcements', HTMLElement), workspace);
  const say = (/** @type {string} */ text) => {
    announcer.say(text);
    showBriefly(text);
  };
  const navigation = new Navigation(workspace, sessions, { say, cancel: () => toolbox.cancel() });
  workspace.host = {
    go: (card, claim) => navigation.go(card, claim), goTo: (frame) => navigation.goTo(frame), say, setStatus: statusSetter(workspace),
    toggleHelp: makeHelp(byId('help', HTMLDialogElement), (text, topic) => announcer.say(text, topic)),
    togglePalette: new Palette(workspace, commands).toggle, toggleSettings: makeSettings(byId('settings', HTMLDialogElement), workspace),
    toggleAdjust: makeAdjust(workspace), toggleFilter: makeFilter(workspace), boxesOf,
    takeNext: () => void queue.next(),
    toggleDetect: () => {}, rateDetection: () => {}, isDetecting: () => false, cancelDetection: () => {}, // see showAudit
    approve: () => {}, askReason: () => {}, takeNextReview: () => {}, // see showReview
    setTheme: chooseTheme, setLanguage: chooseLanguage, signOut, resolveComment: () => {}, // see showTogether
    announce: (text, topic) => announcer.say(text, topic), warn: (text, topic) => announcer.warn(text, topic), pictureShown: () => void workspace.whenKnown().then((isOpen) => isOpen && navigation.pictureShown()),
  };
  const queue = new Queue(workspace, {
    go: (card, claim) => navigation.go(card, claim), say, beacon: (address, body) => navigator.sendBeacon(address, body),
  });
  queue.wire();
  keepPreferences(workspace);
  keymap.follow(workspace.preferences);
  showPanels(workspace, commands, stage, announcer);
  showTogether(workspace);
  showAudit(workspace, commands);
  showReview(workspace, commands);
  watchHands(workspace);
  showSaving(workspace, sessions, announcer);
  const pointer = new PointerInput(stage, workspace, toolbox);
  wireLayout(stage, workspace);
  listenToKeys(document, stage, {
    commands, keymap, mode: () => workspace.view.now.mode, holdSpace: (isHeld) => pointer.holdSpace(isHeld),
  });
  wireChrome(commands, renderer);
  watchWindow(sessions);
  guardFocus(workspace.frames);
  stage.focus({ preventScroll: true });
}

/** @param {Commands} commands @param {Renderer} renderer */
function wireChrome(commands, renderer) {
  wireTheme(byId('theme', HTMLFormElement), () => renderer.readTheme());
  for (const menu of document.querySelectorAll('details')) wireMenu(menu);
  wireDrawer(byId('panel-toggle', HTMLButtonElement), byId('panel', HTMLElement));
  const help = byId('help-button', HTMLButtonElement);
  describe(help, 'help.show');
  watchTips(document);
  help.addEventListener('click', () => commands.run('help.show'));
  for (const entry of document.querySelectorAll('.menu [data-run]')) wireEntry(entry, commands);
}

/** An entry of the menu that is a command. @param {Element} entry @param {Commands} commands */
function wireEntry(entry, commands) {
  entry.addEventListener('click', () => {
    const menu = entry.closest('details');
    if (menu) menu.open = false;
    menu?.querySelector('summary')?.focus();
    commands.run(entry.getAttribute('data-run') ?? '');
  });
}

let briefTimer = 0;

/** A short word over the picture, gone by itself and at once where a hand goes on; screen readers hear it from the announcer. @param {string} text */
function showBriefly(text) {
  const place = byId('brief', HTMLElement);
  place.textContent = text;
  place.hidden = false;
  clearTimeout(briefTimer);
  briefTimer = setTimeout(hideBrief, 4000);
  byId('main', HTMLElement).addEventListener('pointerdown', hideBrief, { once: true });
}

function hideBrief() {
  byId('brief', HTMLElement).hidden = true;
}

await main();
