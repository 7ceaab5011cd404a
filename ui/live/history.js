// A page that opens completes its address with the run, the dataset, the part or the exercise that it shows. Streamlit writes that as an entry
// of its own into the browser's history, and Back would lead to the same page. What only completes an address replaces it.
const PATCHED = Symbol.for("digitlab.history");
const COMPLETED = ["run", "dataset", "part", "exercise", "pages", "hide", "fix"];

function completes(before, after) {
  if (before.origin !== after.origin || before.pathname !== after.pathname) return false;
  const [old, fresh] = [new URLSearchParams(before.search), new URLSearchParams(after.search)];
  const added = COMPLETED.filter(name => fresh.has(name) && !old.has(name));
  added.forEach(name => fresh.delete(name));
  old.sort();
  fresh.sort();
  return added.length > 0 && old.toString() === fresh.toString();
}

export default function () {
  if (window[PATCHED]) return;
  window[PATCHED] = true;
  const push = history.pushState.bind(history);
  history.pushState = function (state, unused, url) {
    const after = url == null ? null : new URL(url, location.href);
    if (after && completes(new URL(location.href), after)) return history.replaceState(state, unused, url);
    return push(state, unused, url);
  };
}
