// Draws the charts of the dashboard. The tables below them show the same figures.
"use strict";

(() => {
  const CHARTS = [["paid", "refunded"], ["success_rate"], ["disputes"], ["slowest"]];
  const COLORS = { paid: "--payments-good", refunded: "--payments-waiting" };
  const HEIGHT = 200;
  const place = document.getElementById("payments-charts");
  const source = document.getElementById("payments-chart-data");
  if (!place || !source) {
    return;
  }
  const data = JSON.parse(source.textContent);
  const indexes = data.days.map((_, index) => index);
  let drawn = [];

  const color = (name) => getComputedStyle(place).getPropertyValue(name).trim();

  function show(value, unit, least, most) {
    if (value === null || value === undefined) {
      return "-";
    }
    const digits = { minimumFractionDigits: least, maximumFractionDigits: most };
    const number = value.toLocaleString(document.documentElement.lang, digits);
    return unit === "" ? number : unit === "%" ? `${number}%` : `${number} ${unit}`;
  }

  function makeSeries(name) {
    const { label, unit, digits } = data.series[name];
    const stroke = color(COLORS[name] ?? "--link-fg");
    return {
      label, stroke, width: 2,
      points: { show: data.days.length < 40, size: 5, fill: stroke },
      value: (_plot, value) => show(value, unit, digits, digits),
    };
  }

  // Without a pointer on the chart, the legend shows the last day.
  function showLastDay(plot) {
    if (plot.legend.idxs.every((index) => index === null)) {
      plot.setLegend({ idx: indexes.length - 1 });
    }
  }

  function makeOptions(names, width) {
    const unit = data.series[names[0]].unit;
    const axis = { stroke: color("--body-quiet-color"), grid: { stroke: color("--hairline-color"), width: 1 }, ticks: { show: false } };
    return {
      width, height: HEIGHT,
      hooks: { setLegend: [showLastDay] },
      cursor: { y: false, drag: { setScale: false } },
      scales: {
        x: { time: false },
        y: { range: (_plot, _least, most) => [0, unit === "%" ? 100 : Math.max(most * 1.05, 1)] },
      },
      axes: [
        { ...axis, space: 90, incrs: [1, 2, 5, 7, 10, 14, 30, 60, 90], values: (_plot, splits) => splits.map((at) => data.days[at] ?? "") },
        { ...axis, size: 70, values: (_plot, splits) => splits.map((value) => show(value, unit.length > 1 ? "" : unit, 0, 2)) },
      ],
      series: [{ label: data.label, value: (_plot, at) => data.days[at] ?? "-" }, ...names.map(makeSeries)],
    };
  }

  function draw() {
    drawn.forEach((plot) => plot.destroy());
    place.replaceChildren();
    const wanted = [];
    for (const chart of CHARTS) {
      const names = chart.filter((name) => data.series[name]);
      if (names.length === 0) {
        continue;
      }
      const figure = document.createElement("figure");
      figure.className = "payments-chart";
      const caption = document.createElement("figcaption");
      caption.textContent = names.map((name) => data.series[name].label).join(", ");
      figure.append(caption);
      place.append(figure);
      wanted.push([figure, names]);
    }
    // Only now every figure has its final width.
    drawn = wanted.map(([figure, names]) => {
      const values = names.map((name) => data.series[name].values);
      return new uPlot(makeOptions(names, figure.clientWidth), [indexes, ...values], figure);
    });
  }

  draw();
  let width = place.clientWidth;
  new ResizeObserver(() => {
    if (place.clientWidth !== width) {
      width = place.clientWidth;
      draw();
    }
  }).observe(place);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
})();
