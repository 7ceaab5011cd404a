// Translators of browsers wrap pieces of text in elements of their own. React, which keeps hold of the pieces, then
// cannot find them where it has put them, and Streamlit shows a fault instead of the page. What has been wrapped is
// moved with its wrapper.
// https://github.com/facebook/react/issues/11538
const PATCHED = Symbol.for("digitlab.translation");

function within(parent, child) {
  let node = child;
  while (node && node.parentNode !== parent) node = node.parentNode;
  return node;
}

function patch(prototype) {
  const { removeChild, insertBefore } = prototype;
  prototype.removeChild = function (child) {
    if (!child || child.parentNode === this) return removeChild.call(this, child);
    const wrapper = within(this, child);
    if (wrapper) removeChild.call(this, wrapper);
    return child;
  };
  prototype.insertBefore = function (added, reference) {
    if (!reference || reference.parentNode === this) return insertBefore.call(this, added, reference);
    return insertBefore.call(this, added, within(this, reference));
  };
}

export default function () {
  if (window[PATCHED]) return;
  window[PATCHED] = true;
  patch(Node.prototype);
}
