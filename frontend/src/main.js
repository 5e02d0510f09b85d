/**
 * Puts the editor together: the only file that knows all parts.
 *
 * @import { Page } from './workspace.js'
 */
import { listenToKeys } from './input/keyboard.js';
import { PointerInput } from './input/pointer.js';
import { Navigation } from './navigation.js';
import { Renderer } from './renderer/renderer.js';
import { Sessions } from './sessions.js';
import { Commands } from './tools/commands.js';
import { Toolbox } from './tools/toolbox.js';
import { Announcer } from './ui/announcer.js';
import { BoxList } from './ui/box-list.js';
import { byId } from './ui/dom.js';
import { showFilmstrip } from './ui/filmstrip.js';
import { showFrameTitle } from './ui/frame-title.js';
import { makeHelp } from './ui/help.js';
import { describe } from './ui/keys.js';
import { showKeyStrip } from './ui/key-strip.js';
import { showLabels } from './ui/label-panel.js';
import { showNotices } from './ui/notices.js';
import { showPeople } from './ui/people.js';
import { showSaveState } from './ui/save-state.js';
import { showPicture, showStage } from './ui/stage.js';
import { wireDrawer, wireMenu, wireTheme } from './ui/theme.js';
import { showToolbar } from './ui/toolbar.js';
import { Workspace } from './workspace.js';

/** @returns {Page} */
function pageFromDocument() {
  return JSON.parse(byId('editor-state', HTMLScriptElement).textContent ?? '');
}

/**
 * @param {Workspace} workspace
 * @param {Commands} commands
 * @param {HTMLElement} stage
 */
function showPanels(workspace, commands, stage) {
  showToolbar(byId('rail', HTMLElement), workspace, commands);
  showFrameTitle(workspace, commands);
  showLabels(byId('labels', HTMLElement), byId('labels-empty', HTMLElement), workspace, commands);
  const places = { list: byId('boxes', HTMLElement), count: byId('boxes-count', HTMLElement), empty: byId('boxes-empty', HTMLElement) };
  new BoxList(places, workspace, stage);
  showPeople(byId('people', HTMLElement), workspace);
  showFilmstrip(byId('film', HTMLElement), workspace);
  showKeyStrip(byId('key-strip', HTMLElement), workspace);
  showNotices(byId('notices', HTMLElement), workspace);
  showStage(stage, workspace);
  showPicture(byId('picture', HTMLImageElement), workspace);
}

/** @param {Workspace} workspace @param {Sessions} sessions */
function showSaving(workspace, sessions) {
  const place = byId('save-state', HTMLElement);
  const refresh = showSaveState(place, workspace, {
    elsewhere: () => sessions.pendingElsewhere, signIn: place.dataset['signIn'] ?? '/login/',
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
  const toggleHelp = makeHelp(byId('help', HTMLDialogElement));
  workspace.host = { go: (card) => navigation.go(card), say, toggleHelp };
  showPanels(workspace, commands, stage);
  showSaving(workspace, sessions);
  const pointer = new PointerInput(stage, workspace, toolbox);
  listenToKeys(document, stage, { commands, holdSpace: (isHeld) => pointer.holdSpace(isHeld) });
  wireChrome(commands, renderer);
  watchWindow(sessions);
  stage.focus({ preventScroll: true });
}

/** @param {Commands} commands @param {Renderer} renderer */
function wireChrome(commands, renderer) {
  wireTheme(byId('theme', HTMLFormElement), () => renderer.readTheme());
  for (const menu of document.querySelectorAll('details')) wireMenu(menu);
  wireDrawer(byId('panel-toggle', HTMLButtonElement), byId('panel', HTMLElement));
  const help = byId('help-button', HTMLButtonElement);
  describe(help, 'help.show');
  help.addEventListener('click', () => commands.run('help.show'));
}

let briefTimer = 0;

/** A short word over the picture, gone by itself; screen readers hear it from the announcer. @param {string} text */
function showBriefly(text) {
  const place = byId('brief', HTMLElement);
  place.textContent = text;
  place.hidden = false;
  clearTimeout(briefTimer);
  briefTimer = setTimeout(() => {
    place.hidden = true;
  }, 4000);
}

await main();
