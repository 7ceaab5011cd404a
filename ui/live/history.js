// Whatever somebody does makes one entry in the browser's history at most: Back then leads to where they were before.
// Streamlit makes one of each change of the address, also of those that pages make as they open: one completes its address
// with the run or the exercise that it shows, and on a busy machine even writes it to the address of the page before, which is still there.
const PATCHED = Symbol.for("digitlab.history");
const ACTIONS = ["pointerdown", "keydown", "click", "change"];
const ACTION_MS = 700; // what somebody does comes before what a part of the page asks for by itself
const LOOK_MS = 1000, LOOKS = 2, MOST_ASKED = 3;
const COMPLETED = ["run", "dataset", "part", "way", "exercise", "pages", "hide", "fix"];

function completes(before, after) {
  if (before.origin !== after.origin || before.pathname !== after.pathname) return false;
  const [old, fresh] = [new URLSearchParams(before.search), new URLSearchParams(after.search)];
  const added = COMPLETED.filter(name => fresh.has(name) && !old.has(name));
  added.forEach(name => fresh.delete(name));
  old.sort();
  fresh.sort();
  return added.length > 0 && old.toString() === fresh.toString();
}

/** Streamlit writes the server’s copy of an address, which does not know what scripts have written in the browser: parameters
 *  with their values, null where they were taken out. On the same page, these stay. */
function withWritten(before, after) {
  if (before.pathname !== after.pathname) window.digitlabWritten = {};
  for (const [name, value] of Object.entries(window.digitlabWritten ?? {})) {
    if (value === null) after.searchParams.delete(name);
    else if (after.searchParams.get(name) !== value) after.searchParams.set(name, value);
  }
  return after;
}

/** Have a page that stayed empty drawn again: what is asked for in the same moment as a page is told apart too late. */
function fillEmptyPages() {
  let empty = 0, asked = 0, path = null;
  setInterval(() => {
    if (path !== location.pathname) [empty, asked, path] = [0, 0, location.pathname];
    const isEmpty = window.digitlabRests() && !document.querySelector('[data-testid="stMain"] h1');
    empty = isEmpty ? empty + 1 : 0;
    if (empty < LOOKS || asked === MOST_ASKED) return;
    [empty, asked] = [0, asked + 1];
    newest.setTriggerValue("empty", Date.now());
  }, LOOK_MS);
}

let newest;

export default function (component) {
  newest = component;
  if (window[PATCHED]) return;
  window[PATCHED] = true;
  fillEmptyPages();
  // The first address is completed before this script is there: that entry of its own, Back is not to lead to.
  const opened = performance.getEntriesByType("navigation")[0]?.name;
  const doubled = opened && completes(new URL(opened), new URL(location.href)) ? opened : null;
  let hasActed = false, completed = null, actedAt = -Infinity;
  const act = event => { if (event.isTrusted) [hasActed, completed, actedAt] = [true, null, performance.now()]; };
  // Two runs of the script that are asked for in the same moment get into each other's way: where a link had been clicked and
  // a part of the page before asked to be drawn again, the new page could stay empty.
  window.digitlabRests = () => performance.now() > actedAt + ACTION_MS
    && document.querySelector('[data-testid="stApp"]')?.getAttribute("data-test-script-state") === "notRunning";
  ACTIONS.forEach(kind => addEventListener(kind, act, { capture: true, passive: true }));
  // What comes after Back and Forward belongs to the entry that they lead to, and must not cut off those that follow it.
  addEventListener("popstate", () => {
    [hasActed, completed, window.digitlabWritten] = [false, null, {}];
    if (location.href === doubled) history.back();
  }, true);
  const push = history.pushState.bind(history), replace = history.replaceState.bind(history);
  history.pushState = function (state, unused, given) {
    const before = new URL(location.href), after = withWritten(before, new URL(given ?? before, before)), url = after.href;
    if (url === before.href) return replace(state, unused, url);
    const isEarly = completed?.to === before.href && after.pathname !== before.pathname && after.search === before.search;
    if (isEarly) replace(state, unused, completed.from);
    if (!hasActed) return replace(state, unused, url);
    if (completes(before, after)) {
      completed = { from: before.href, to: after.href };
      return replace(state, unused, url);
    }
    hasActed = false;
    return push(state, unused, url);
  };
}
