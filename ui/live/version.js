// Draws a part of the page again when there is something new in it, as the news of a feed say, and somebody can see it.

const EVENT = "digitlab:version";
const ASK_AGAIN = 5000; // milliseconds
const LOOK_AGAIN = 300;
const SHARE = 0.1; // of the time, what drawing it again may take
const newest = (window.digitlabVersions ??= {});
const followers = new WeakMap();

class Follower {
  constructor(place) {
    this.place = place;
    this.look = this.look.bind(this);
    window.addEventListener(EVENT, this.look);
    this.sight = new IntersectionObserver((seen) => {
      this.isNear = seen.at(-1).isIntersecting;
      this.look();
    });
    this.sight.observe(place.closest('[data-testid="stVerticalBlock"]'));
  }

  /** It has been drawn; how long that took says when it may be drawn again. */
  show(component) {
    if (this.asked === component.data.shows) this.notBefore = performance.now() + (performance.now() - this.askedAt) / SHARE;
    this.component = component;
    this.look();
  }

  look() {
    if (!this.place.isConnected) return this.end();
    const { channel, shows } = this.component.data;
    const version = newest[channel];
    const now = performance.now();
    const hasAsked = this.asked === version && now < this.askedAt + ASK_AGAIN;
    if (!this.isNear || version === undefined || version === shows || hasAsked || now < this.notBefore) return;
    if (window.digitlabRests?.() === false) {
      clearTimeout(this.later);
      this.later = setTimeout(this.look, LOOK_AGAIN);
      return;
    }
    [this.asked, this.askedAt] = [version, now];
    this.component.setTriggerValue("changed", version);
  }

  end() {
    clearTimeout(this.later);
    window.removeEventListener(EVENT, this.look);
    this.sight.disconnect();
  }
}

export default function (component) {
  const place = component.parentElement.querySelector(".live-version");
  const follower = followers.get(place) ?? new Follower(place);
  followers.set(place, follower);
  follower.show(component);
}
