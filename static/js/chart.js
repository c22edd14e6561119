/* The KPI page's charts: ECharts drawing SVG, without tooltips (they break the page's policy).
   A readout line says the point under the pointer or the arrow keys; the table below holds every value. */
(() => {
  "use strict";
  const colour = (name) => {
    /* The tokens are light-dark() pairs; a probe element lets the browser pick. */
    const probe = document.createElement("span");
    probe.className = `sp-probe-${name}`;
    document.body.append(probe);
    const picked = getComputedStyle(probe).color;
    probe.remove();
    return picked;
  };
  /* Excluded time is hatched: colour alone would not say it, and a decal does not work on areas. */
  function hatching(stroke) {
    const tile = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
    const pen = tile.getContext("2d");
    pen.strokeStyle = stroke;
    pen.beginPath();
    pen.moveTo(0, 8); pen.lineTo(8, 0); pen.moveTo(-2, 2); pen.lineTo(2, -2); pen.moveTo(6, 10); pen.lineTo(10, 6);
    pen.stroke();
    return { image: tile, repeat: "repeat" };
  }
  const SHAPE = { met: "circle", breached: "rect", at_risk: "triangle", no_data: "emptyCircle" };

  function options(chart) {
    const ink = colour("ink"), line = colour("line"), accent = colour("accent"), bad = colour("bad");
    const data = chart.points.map(([at, value, state]) => ({
      value: [at, value],
      symbol: SHAPE[state] || "circle",
      symbolSize: state === "breached" ? 9 : 6,
      itemStyle: { color: state === "breached" ? bad : accent },
    }));
    const label = { color: ink, fontFamily: "Inter, sans-serif", fontSize: 12 };
    return {
      animation: false,
      aria: { enabled: false },
      tooltip: { show: false },
      grid: { left: 8, right: 24, top: 16, bottom: 8, containLabel: true },
      xAxis: {
        type: chart.kind === "bar" ? "category" : "time",
        axisLabel: label,
        axisLine: { lineStyle: { color: line } },
      },
      yAxis: { type: "value", scale: true, axisLabel: label, splitLine: { lineStyle: { color: line } } },
      series: [{
        type: chart.kind,
        data,
        connectNulls: false, // a gap in the measurement is shown as a gap, never as up
        color: accent,
        lineStyle: { width: 2 },
        emphasis: { disabled: true },
        markLine: chart.target == null ? undefined : {
          silent: true, symbol: "none", animation: false,
          lineStyle: { color: bad, type: "dashed" },
          label: { ...label, position: "insideEndBottom", formatter: `${chart.target} ${chart.unit || ""}` },
          data: [{ yAxis: chart.target }],
        },
        markArea: {
          silent: true,
          itemStyle: { color: hatching(ink), opacity: 0.5 },
          label: { ...label, position: "insideBottom" },
          data: (chart.spans || []).map(({ from, to, label: name }) => [{ xAxis: from, name }, { xAxis: to }]),
        },
      }],
    };
  }

  function readout(place, chart) {
    const said = document.getElementById(`${place.dataset.chart}-readout`);
    let at = chart.points.length - 1;
    const show = (index) => {
      at = Math.max(0, Math.min(chart.points.length - 1, index));
      const [when, value, , note] = chart.points[at];
      if (said) said.textContent = [when, value == null ? "–" : `${value} ${chart.unit || ""}`, note].filter(Boolean).join(" · ");
    };
    place.tabIndex = 0;
    place.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by) { event.preventDefault(); show(at + by); }
    });
    show(at);
    return show;
  }

  function nearest(drawing, chart, x) {
    const distance = ([when]) => Math.abs(drawing.convertToPixel({ xAxisIndex: 0 }, when) - x);
    return chart.points.reduce((best, point, index) => (distance(point) < distance(chart.points[best]) ? index : best), 0);
  }

  for (const place of document.querySelectorAll("[data-chart]")) {
    const chart = JSON.parse(document.getElementById(place.dataset.chart).textContent);
    if (!chart.points.length) continue;
    const drawing = echarts.init(place, null, { renderer: "svg" });
    const draw = () => drawing.setOption(options(chart), true);
    draw();
    const show = readout(place, chart);
    drawing.getZr().on("mousemove", (event) => show(nearest(drawing, chart, event.offsetX)));
    new ResizeObserver(() => drawing.resize()).observe(place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  }
})();
