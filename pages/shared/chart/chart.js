// Chart that is created once and then updated, so that zoom and hidden traces are kept.

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
  const theme = themeOf(parentElement);
  const version = data.version + JSON.stringify(theme);
  if (chart.version === version) return;
  chart.version = version;
  // one after the other: otherwise an older update could finish last
  chart.queue = chart.queue
    .then(() => libraryAt(data.library))
    .then((Plotly) => draw(Plotly, chart.root, JSON.parse(data.text), theme))
    .catch((error) => showError(chart.root, error));
}

// Load the library once per page, for the first chart.
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

function themeOf(element) {
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

function draw(Plotly, root, figure, theme) {
  const axis = (own = {}) => ({
    gridcolor: theme.rule,
    linecolor: theme.rule,
    tickfont: { color: theme.quiet, size: 12 },
    automargin: true,
    ...own,
    title: { ...own.title, font: { color: theme.quiet, size: 13 } },
  });
  const { template, ...own } = figure.layout;
  const layout = {
    ...own,
    font: { family: theme.font, color: theme.ink, size: 13, ...own.font },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    hoverlabel: { bgcolor: theme.paper, bordercolor: theme.rule, font: { color: theme.ink } },
    xaxis: { ...axis(own.xaxis), showgrid: false },
    yaxis: axis(own.yaxis),
  };
  return Plotly.react(root, figure.data, layout, {
    displayModeBar: false,
    responsive: true,
    showTips: false,
  });
}

function showError(root, error) {
  const line = document.createElement("p");
  line.className = "problem";
  line.textContent = `This chart could not be drawn: ${error.message}. Reload the page to try again.`;
  root.replaceChildren(line);
}
