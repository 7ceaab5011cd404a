// Buttons that put a text into the clipboard. A text may be an address of this server, which only the browser knows.

const serverRoot = () => {
  const own = document.querySelector('script[src*="/static/js/"], script[src^="static/js/"]');
  return own ? own.src.slice(0, own.src.lastIndexOf("/static/js/") + 1) : new URL(".", location.href).href;
};

/** Also where the clipboard is closed to pages: those of another machine that come without https. */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = Object.assign(document.createElement("textarea"), { value: text, readOnly: true });
    area.style.cssText = "position: fixed; opacity: 0";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

const SHOWN = 3000; // milliseconds
const LONGEST_FRAME = 50;

/** Call back when somebody could see the page for a while: a page that is busy shows nothing, and its time does not count. */
function whenSeen(then) {
  let [left, last] = [SHOWN, performance.now()];
  const look = (now) => {
    left -= Math.min(now - last, LONGEST_FRAME);
    last = now;
    frame = left > 0 ? requestAnimationFrame(look) : void then();
  };
  let frame = requestAnimationFrame(look);
  return () => cancelAnimationFrame(frame);
}

function makeButton() {
  const button = document.createElement("button");
  button.type = "button";
  button.innerHTML = '<span class="copy-icon" aria-hidden="true">content_copy</span><span class="copy-label" aria-live="polite"></span>';
  const [icon, label] = button.children;
  button.addEventListener("click", async () => {
    const done = await copy(button.copied);
    if (!done) return void window.prompt(button.label, button.copied);
    [icon.textContent, label.textContent] = ["check", "Copied"];
    button.forget?.();
    button.forget = whenSeen(() => ([icon.textContent, label.textContent] = ["content_copy", button.label]));
  });
  return button;
}

export default function ({ data, parentElement }) {
  const place = parentElement.querySelector(".copy-buttons");
  while (place.children.length < data.buttons.length) place.append(makeButton());
  while (place.children.length > data.buttons.length) place.lastChild.remove();
  data.buttons.forEach(({ label, text, path }, index) => {
    const button = place.children[index];
    const changed = button.label !== label;
    button.label = label;
    button.copied = path === null ? text : serverRoot() + path;
    button.dataset.copies = button.copied;
    if (changed) button.lastChild.textContent = label;
  });
}
