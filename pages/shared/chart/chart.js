// A chart that is made once and then only told what changed, so that zoom and hidden traces last.

const charts = new WeakMap();

export default function mount({ data, parentElement }) {
  let chart = charts.get(parentElement);
  if (!chart) {
    chart = { root: document.createElement("div"), queue: Promise.resolve() };
    chart.root.className = "steady-chart";
    chart.root.setAttribute("role", "img");
    parentElement.append(chart.root);
    charts.set(parentElement, chart);
  }
  chart.root.setAttribute("aria-label", data.alt);
  const look = lookOf(parentElement);
  const version = data.version + JSON.stringify(look);
  if (chart.version === version) return;
  chart.version = version;
  // one after the other: a drawing that overtakes another would draw the older numbers last
  chart.queue = chart.queue
    .then(() => libraryAt(data.library))
    .then((Plotly) => draw(Plotly, chart.root, JSON.parse(data.text), look))
    .catch((error) => tell(chart.root, error));
}

// The library is loaded once for the whole page, by the first chart that needs it.
function libraryAt(address) {
  window.steadyChartLibrary ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(address, document.baseURI);
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error("the chart library could not be loaded"));
    document.head.append(script);
  });
  return window.steadyChartLibrary;
}

function lookOf(element) {
  const style = getComputedStyle(element);
  const read = (name) => style.getPropertyValue(name).trim();
  return {
    font: read("--st-font") || "sans-serif",
    ink: read("--st-text-color"),
    quiet: read("--st-gray-text-color"),
    rule: read("--st-border-color"),
    paper: read("--st-background-color"),
  };
}

function draw(Plotly, root, figure, look) {
  const axis = (own = {}) => ({
    gridcolor: look.rule,
    linecolor: look.rule,
    tickfont: { color: look.quiet, size: 12 },
    automargin: true,
    ...own,
    title: { ...own.title, font: { color: look.quiet, size: 13 } },
  });
  const { template, ...own } = figure.layout;
  const layout = {
    ...own,
    font: { family: look.font, color: look.ink, size: 13, ...own.font },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    hoverlabel: { bgcolor: look.paper, bordercolor: look.rule, font: { color: look.ink } },
    xaxis: { ...axis(own.xaxis), showgrid: false },
    yaxis: axis(own.yaxis),
  };
  return Plotly.react(root, figure.data, layout, {
    displayModeBar: false,
    responsive: true,
    showTips: false,
  });
}

function tell(root, error) {
  const line = document.createElement("p");
  line.className = "problem";
  line.textContent = `This chart could not be drawn: ${error.message}. Reload the page to try again.`;
  root.replaceChildren(line);
}
