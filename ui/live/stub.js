// What travels with every figure: find the server's address of the scripts, load them once, hand over.
const load = (data) => {
  const own = document.querySelector('script[src*="/static/js/"], script[src^="static/js/"]');
  const root = own ? own.src.slice(0, own.src.lastIndexOf("/static/js/") + 1) : document.baseURI;
  return import(root + data.script).then((figures) => ({ figures, plotly: root + data.plotly }));
};

export default function (component) {
  const place = component.parentElement.querySelector(".live-figure");
  place.dataset.state = "loading";
  load(component.data)
    .then(({ figures, plotly }) => figures.show(component, place, plotly))
    .catch((error) => {
      console.error("A chart cannot be kept live:", error);
      component.setStateValue("failed", true);
    });
  return () => void load(component.data).then(({ figures }) => figures.remove(place), () => {});
}
