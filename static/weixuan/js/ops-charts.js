// Charts of ops' pages: the data sits beside them as JSON, colours come from ops.css. A page that asks for itself
// again keeps its boxes (hx-preserve), so that only what has changed is drawn.
"use strict";
{
  const drawn = new Map();

  const colours = (box) => {
    const style = getComputedStyle(box);
    return (name) => style.getPropertyValue(`--ops-${name}`).trim();
  };

  const common = (token) => {
    const label = { color: token("subtle"), fontSize: 12 };
    return {
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      legend: { left: 0, top: 0, itemWidth: 14, itemHeight: 8, itemGap: 16, textStyle: { color: token("ink"), fontSize: 12 } },
      tooltip: { trigger: "axis", confine: true, backgroundColor: token("card"), borderColor: token("line"), textStyle: { color: token("ink"), fontSize: 12 } },
      label,
      axis: { axisTick: { show: false }, axisLine: { lineStyle: { color: token("line") } }, axisLabel: label },
      grid: { left: 8, right: 20, top: 56, bottom: 8, containLabel: true },
    };
  };

  const line = (token) => ({ name, tone, values }) => ({
    name, type: "line", data: values, connectNulls: true, symbolSize: 6, lineStyle: { width: 2 }, itemStyle: { color: token(tone) },
  });

  const kinds = {
    times: ({ labels, unit, counts, countName, series }, token) => {
      const { label, axis, ...base } = common(token);
      return {
        ...base,
        xAxis: { type: "category", data: labels, ...axis },
        yAxis: [
          { type: "value", name: unit, nameTextStyle: label, nameGap: 10, min: 0, axisLabel: label, splitLine: { lineStyle: { color: token("line") } } },
          { type: "value", min: 0, minInterval: 1, axisLabel: { show: false }, splitLine: { show: false } },
        ],
        series: [
          { name: countName, type: "bar", yAxisIndex: 1, data: counts, barMaxWidth: 22, itemStyle: { color: token("bar"), borderRadius: [3, 3, 0, 0] } },
          ...series.map(line(token)),
        ],
        // The legend takes two lines there.
        media: [{ query: { maxWidth: 420 }, option: { grid: { top: 78 } } }],
      };
    },
    lorenz: ({ labels, even, unit, series, x }, token) => {
      const { label, axis, ...base } = common(token);
      const points = (values) => values.map((value, index) => [labels[index], value]);
      return {
        ...base,
        grid: { ...base.grid, top: 40, bottom: 24 },
        xAxis: { type: "value", min: 0, max: 100, name: x, nameLocation: "middle", nameGap: 26, nameTextStyle: label, ...axis, axisLabel: { ...label, formatter: `{value}${unit}` }, splitLine: { show: false } },
        yAxis: { type: "value", min: 0, max: 100, axisLabel: { ...label, formatter: `{value}${unit}` }, splitLine: { lineStyle: { color: token("line") } } },
        series: [
          { name: even, type: "line", data: [[0, 0], [100, 100]], symbol: "none", lineStyle: { width: 1, type: "dashed" }, itemStyle: { color: token("subtle") } },
          ...series.map(({ name, tone, values }) => ({ ...line(token)({ name, tone, values: points(values) }), symbol: "none", areaStyle: tone === "main" ? { opacity: 0.08 } : undefined })),
        ],
      };
    },
  };

  const draw = () => {
    for (const [box, chart] of drawn) if (!box.isConnected) { chart.dispose(); drawn.delete(box); }
    for (const box of document.querySelectorAll("[data-ops-chart]")) {
      const source = document.getElementById(box.dataset.opsChart);
      if (!source) continue;
      if (!drawn.has(box)) drawn.set(box, echarts.init(box, null, { renderer: "svg" }));
      const data = JSON.parse(source.textContent);
      drawn.get(box).setOption(kinds[data.kind](data, colours(box)), true);
    }
  };

  const tick = () => {
    const clock = document.getElementById("board-time");
    if (clock) clock.textContent = new Date().toLocaleTimeString("zh-CN", { hour12: false });
  };

  addEventListener("DOMContentLoaded", () => {
    draw();
    new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["class"] });
    for (const one of document.querySelectorAll("[data-ops-submit] [data-chosen]")) one.addEventListener("change", () => one.form.submit());
    // The numbers may stand for minutes: the clock tells that they were asked for.
    document.body.addEventListener("htmx:afterRequest", (event) => {
      const word = document.getElementById("board-word");
      const said = event.detail.successful ? "live" : "stale";
      word?.parentElement.classList.toggle("ops-stale", said === "stale");
      if (word && word.textContent !== word.dataset[said]) word.textContent = word.dataset[said];
      if (event.detail.successful) tick();
    });
    document.body.addEventListener("htmx:afterSettle", draw);
  });
  addEventListener("resize", () => drawn.forEach((chart) => chart.resize()));
}
