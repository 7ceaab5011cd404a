// Leads to a widget in the sidebar: on a phone, and wherever somebody has folded it away, the sidebar opens first.
const WAIT_MS = 2000;

function reach(key, until) {
  const widget = document.querySelector(`[data-testid="stSidebar"] .st-key-${key}`);
  const isOpen = document.querySelector('[data-testid="stSidebar"]')?.getAttribute("aria-expanded") === "true";
  const control = widget?.querySelector('[role="slider"], input, button');
  if (isOpen && control) {
    widget.scrollIntoView({ block: "center" });
    control.focus();
  } else if (performance.now() < until) {
    requestAnimationFrame(() => reach(key, until));
  }
}

export default function ({ data, parentElement }) {
  const button = parentElement.querySelector(".sidebar-opener");
  button.textContent = data.label;
  button.onclick = () => {
    document.querySelector('[data-testid="stExpandSidebarButton"]')?.click();
    reach(data.focus, performance.now() + WAIT_MS);
  };
}
