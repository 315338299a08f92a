// Bar charts from {% chart %}: the data sits beside them as JSON, colours come from the tokens.
"use strict";
{
  const drawn = new Map();

  const options = ({ days, series }) => {
    const style = getComputedStyle(document.documentElement);
    const token = (name) => style.getPropertyValue(`--wx-${name}`).trim();
    const label = { color: token("ink3"), fontFamily: token("num"), fontSize: 12 };
    return {
      animation: false,
      textStyle: { fontFamily: token("font") },
      grid: { left: 30, right: 4, top: 34, bottom: 24 },
      legend: { left: 0, top: 0, itemWidth: 10, itemHeight: 10, itemGap: 18, icon: "roundRect", textStyle: { color: token("ink2"), fontSize: 12 } },
      tooltip: { trigger: "axis", backgroundColor: token("sur"), borderColor: token("line"), textStyle: { color: token("ink"), fontSize: 12 } },
      xAxis: { type: "category", data: days, axisTick: { show: false }, axisLine: { lineStyle: { color: token("line") } }, axisLabel: label },
      yAxis: { type: "value", minInterval: 1, splitNumber: 3, axisLabel: label, splitLine: { lineStyle: { color: token("line") } } },
      series: series.map(({ name, values, tone }, index) => ({
        name, type: "bar", data: values, barWidth: "46%", barGap: "-100%", z: index + 2,
        itemStyle: { color: token(tone), borderRadius: [4, 4, 0, 0] },
      })),
    };
  };

  const draw = () => {
    for (const box of document.querySelectorAll("[data-chart]")) {
      const source = document.getElementById(box.dataset.chart);
      if (!source) continue;
      if (!drawn.has(box)) drawn.set(box, echarts.init(box, null, { renderer: "svg" }));
      drawn.get(box).setOption(options(JSON.parse(source.textContent)), true);
    }
  };
  addEventListener("DOMContentLoaded", draw);
  addEventListener("wx:theme", draw);
  addEventListener("htmx:after:swap", draw);
  addEventListener("resize", () => drawn.forEach((chart) => chart.resize()));
}
