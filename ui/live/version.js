// Draws a part of the page again when there is something new in it: a part that is polled says which version there is,
// and the other part, which is not, asks for a run of its own where it shows another one.

const EVENT = "digitlab:version";
const ASK_AGAIN = 5000; // milliseconds
const newest = (window.digitlabVersions ??= {});
const followers = new WeakMap();

class Follower {
  constructor(place) {
    this.place = place;
    this.look = this.look.bind(this);
    window.addEventListener(EVENT, this.look);
  }

  look() {
    if (!this.place.isConnected) return window.removeEventListener(EVENT, this.look);
    const { channel, shows } = this.component.data;
    const version = newest[channel];
    const hasAsked = this.asked === version && performance.now() < this.askedAt + ASK_AGAIN;
    if (version === undefined || version === shows || hasAsked) return;
    [this.asked, this.askedAt] = [version, performance.now()];
    this.component.setTriggerValue("changed", version);
  }
}

export default function (component) {
  const { channel, says } = component.data;
  if (says !== null) {
    newest[channel] = says;
    window.dispatchEvent(new CustomEvent(EVENT));
    return;
  }
  const place = component.parentElement.querySelector(".live-version");
  const follower = followers.get(place) ?? new Follower(place);
  followers.set(place, follower);
  follower.component = component;
  follower.look();
}
