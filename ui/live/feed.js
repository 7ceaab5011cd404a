// Asks the server what is new of a run under way, and changes that in the page, without a run of the script.
//
// Of Streamlit's own elements it changes the words of texts and the length of the bar. Figures and the replay take what is
// theirs from the event "digitlab:news".

const SOON = 50; // milliseconds, until the first number is there
const START = 5000;
const PAUSE = 400;
const LONGEST_PAUSE = 2000;
const SHARE = 0.15; // of the time, what changing the page may take
const ASK_AGAIN = 10000;
const PATIENCE = 3; // answers that do not come
const feeds = new WeakMap();
const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));

/** Where the server's root is, also below a base path. */
function root() {
  const own = document.querySelector('script[src*="/static/js/"], script[src^="static/js/"]');
  return own ? own.src.slice(0, own.src.lastIndexOf("/static/js/") + 1) : document.baseURI;
}

class Feed {
  constructor(place) {
    this.place = place;
    this.wake = () => !document.hidden && this.awake?.();
    document.addEventListener("visibilitychange", this.wake);
    this.hurry = ({ target }) => {
      const { next } = this.component.data;
      if (next && target.closest?.(next.button)) this.lookAhead(next.address);
    };
    document.addEventListener("click", this.hurry);
    this.tags = {};
    // What the script shows may be older than the news that the element had before.
    this.onShown = ({ detail: key }) => delete this.tags[key];
    window.addEventListener("digitlab:shown", this.onShown);
  }

  /** The script runs, and draws what is below from now on: everything is to be told again. */
  show(component) {
    this.component = component;
    component.data.texts.forEach((texts) => this.write(texts));
    this.sayAgain();
    this.tags = {};
    this.generation = (this.generation ?? 0) + 1;
    this.asked = null;
    if (component.data.address === null) this.end();
    else if (!this.loop) this.run();
  }

  /** The button of a new run was pressed: tell of it from now on, while the script and the page are still busy with the rest. */
  async lookAhead(address) {
    const until = performance.now() + START;
    const ahead = (this.looking = {});
    this.numbered = false;
    while (this.looking === ahead && !this.loop && performance.now() < until) {
      await wait(SOON);
      const answer = await fetch(`${root()}${address}&first`).catch(() => null);
      const news = answer?.status === 200 ? await answer.json() : null;
      if (!news?.share || this.looking !== ahead || this.loop) continue;
      this.keep(news);
    }
    if (!this.loop) this.release();
  }

  /** Numbers that the script draws meanwhile are older: these are told again as soon as the page has changed, before anybody sees that. */
  keep(news) {
    this.ahead = news;
    this.guard ??= new MutationObserver(() => this.sayAgain());
    this.guard.observe(document.querySelector('[data-testid="stMain"]'), { subtree: true, childList: true, characterData: true });
    this.say(news);
  }

  /** Of what the page was told ahead, what the script tells as well: everything else it would not put right. */
  sayAgain() {
    const told = this.component.data.texts.map(({ selector }) => selector);
    this.ahead?.texts.filter(({ selector }) => told.includes(selector)).forEach((texts) => this.write(texts));
  }

  /** Nothing is under way. */
  end() {
    this.loop = null;
    this.release();
  }

  /** The page shows what the script has drawn, and the news go on as ever. */
  release() {
    this.guard?.disconnect();
    this.ahead = null;
  }

  async run() {
    const loop = (this.loop = {});
    let failures = 0;
    const began = performance.now();
    if (!this.ahead) this.numbered = false;
    while (this.loop === loop && this.place.isConnected) {
      if (document.hidden) await new Promise((done) => (this.awake = done));
      const { numbered, ahead } = this;
      const took = await this.look().catch((error) => console.warn("No news of the run:", error));
      failures = took === undefined ? failures + 1 : 0;
      if (failures >= PATIENCE) this.ask("unheard");
      const isStarting = this.ahead || (!this.numbered && performance.now() < began + START);
      const pause = isStarting ? SOON : Math.min(LONGEST_PAUSE, Math.max(PAUSE, took / SHARE - took));
      // Figures come right after the first number.
      const isNext = !this.ahead && this.numbered && (ahead || !numbered);
      await wait(failures ? LONGEST_PAUSE : isNext ? 0 : pause);
    }
    if (this.loop === loop) this.loop = null;
  }

  /** Ask once; how long it took to show the answer, in milliseconds. */
  async look() {
    const { generation } = this;
    const { address, state } = this.component.data;
    const has = Object.entries(this.tags).map((pair) => pair.join(":")).join();
    // Whoever has pressed Train waits for the first number: figures, which take a moment, are told after it.
    const first = this.ahead || !this.numbered ? "&first" : "";
    const answer = await fetch(`${root()}${address}&has=${has}${first}`);
    if (!answer.ok) throw new Error(`${answer.status}`);
    const news = await answer.json();
    if (generation !== this.generation) return 0;
    const began = performance.now();
    if (this.ahead) this.keep(news);
    else this.say(news);
    if (window.digitlabRests?.() !== false) this.release();
    await this.draw(news);
    // Not both at once: Streamlit takes what is asked in the same moment for one part of the page.
    if (news.state === state) this.tellVersions(news.versions);
    else this.ask(news.state);
    await painted();
    return performance.now() - began;
  }

  /** Have the script run again, once for each reason, and again if it has not; after the next news, if it does not rest. */
  ask(reason) {
    if (window.digitlabRests?.() === false) return;
    if (this.asked === reason && performance.now() < this.askedAt + ASK_AGAIN) return;
    [this.asked, this.askedAt] = [reason, performance.now()];
    this.release();
    this.component.setTriggerValue("changed", `${reason} ${Date.now()}`);
  }

  tellVersions(versions) {
    Object.assign((window.digitlabVersions ??= {}), versions);
    window.dispatchEvent(new CustomEvent("digitlab:version"));
  }

  say({ texts, share }) {
    this.numbered = share?.[1] !== 0;
    texts.forEach((words) => this.write(words));
    if (share !== null) this.fill(...share);
  }

  async draw({ elements }) {
    const done = [];
    for (const [key, { tag, data }] of Object.entries(elements)) {
      this.tags[key] = tag;
      window.dispatchEvent(new CustomEvent("digitlab:news", { detail: { key, data, done } }));
    }
    await Promise.all(done);
  }

  /** Nodes stay: Streamlit changes them as well, where what it has made of them is another one. */
  write({ selector, texts }) {
    const found = document.querySelectorAll(selector);
    if (found.length !== texts.length) return;
    found.forEach((element, number) => {
      const node = [...element.childNodes].findLast(({ nodeType }) => nodeType === Node.TEXT_NODE);
      if (node && node.nodeValue !== texts[number]) node.nodeValue = texts[number];
    });
  }

  fill(selector, share) {
    const bar = document.querySelector(`${selector} [role="progressbar"]`);
    const length = bar?.querySelector('[data-testid="stProgressBarTrack"] > div');
    if (!length) return;
    length.style.transform = `translateX(${Number((100 * share - 100).toFixed(1))}%)`;
    bar.setAttribute("aria-valuenow", `${Math.round(100 * share)}`);
    bar.setAttribute("aria-valuetext", `${Math.round(100 * share)}%`);
  }

  stop() {
    this.loop = this.looking = null;
    this.release();
    document.removeEventListener("click", this.hurry);
    document.removeEventListener("visibilitychange", this.wake);
    window.removeEventListener("digitlab:shown", this.onShown);
  }
}

export default function (component) {
  const place = component.parentElement.querySelector(".live-feed");
  const feed = feeds.get(place) ?? new Feed(place);
  feeds.set(place, feed);
  feed.show(component);
  return () => setTimeout(() => place.isConnected || feed.stop(), PAUSE);
}
