/* SPDX-License-Identifier: Apache-2.0 */
/* Open connections over time, and where they were opened, by uPlot and d3-flame-graph. What is drawn is drawn anew in other
 * colours when the theme changes. */
"use strict";

const drawn = new Set(); /* functions that draw again */
const LINES = ["line1", "line2", "line3", "line4", "line5"];

/* ---- over time ---------------------------------------------------------------------------------------------- */

/* The moment at which no descriptor was to be had. */
function mark(at) {
	return {hooks: {draw: u => {
		const x = u.valToPos(at, "x", true), {ctx, bbox} = u;

		ctx.save();
		ctx.strokeStyle = ctx.fillStyle = colour("leaked");
		ctx.setLineDash([6, 4]);
		ctx.beginPath();
		ctx.moveTo(x, bbox.top);
		ctx.lineTo(x, bbox.top + bbox.height);
		ctx.stroke();
		ctx.font = 12 * devicePixelRatio + "px system-ui";
		ctx.textAlign = x > bbox.left + bbox.width / 2 ? "right" : "left";
		ctx.fillText(" too many open files ", x, bbox.top + 14 * devicePixelRatio);
		ctx.restore();
	}}};
}

function axis(label, more) {
	return {label, labelSize: 22, stroke: colour("quiet"), grid: {stroke: colour("line"), width: 1},
		ticks: {stroke: colour("line"), width: 1}, ...more};
}

/* lines: [{title, open: [...]}], the first one is drawn heavily. */
function chart(into, series, lines, moment) {
	const {uPlot} = libraries;
	const upTo = open => [...open, open.at(-1)]; /* the last bucket has an end, too */
	const times = upTo(series.open).map((_, i) => i * series.bucket_s);
	let plot = null;
	const draw = () => {
		plot?.destroy();
		plot = new uPlot({
			width: Math.max(into.clientWidth, 280), height: 240, scales: {x: {time: false}, y: {range: (u, a, b) => [0, Math.max(b, 1) * 1.08]}},
			axes: [axis("seconds since the start"), axis("open", {size: 64, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000,
				20000, 50000, 100000, 200000, 500000, 1000000]})],
			legend: {live: false}, cursor: {points: {show: true}}, plugins: moment === null || moment === undefined ? [] : [mark(moment)],
			series: [{label: "time"}, ...lines.map((line, i) => ({
				label: visible(line.title), stroke: colour(i ? LINES[(i - 1) % LINES.length] : "ink"), width: i ? 1.5 : 2,
				paths: uPlot.paths.stepped({align: 1}), points: {show: false}}))],
		}, [times, ...lines.map(line => upTo(line.open))], into);
	};

	draw();
	drawn.add(draw);
	new ResizeObserver(() => {
		if (plot && into.clientWidth && Math.abs(plot.width - into.clientWidth) > 4)
			plot.setSize({width: Math.max(into.clientWidth, 280), height: 240});
	}).observe(into);
}

/* In the width of a table's cell. */
function sparkline(series) {
	const w = 90, h = 16, most = Math.max(...series.open, 1), n = series.open.length;
	const at = i => (i / Math.max(n - 1, 1) * w).toFixed(1) + "," + (h - series.open[i] / most * (h - 2) - 1).toFixed(1);
	const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
	const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");

	svg.setAttribute("viewBox", `0 0 ${w} ${h}`);
	svg.setAttribute("class", "spark");
	svg.setAttribute("aria-hidden", "true");
	line.setAttribute("points", series.open.map((_, i) => at(i)).join(" "));
	svg.append(line);
	return svg;
}

function growth(series) {
	return !series ? "" : series.growing === true ? "grows until the end" : series.growing === false ? "came to a plateau" : "";
}

/* ---- where ---------------------------------------------------------------------------------------------------- */

const MEASURES = {
	opened: r => r.call_sites.map(s => [s.stack, s.opened]),
	leaked: r => r.call_sites.map(s => [s.stack, s.leaked]),
	drained: r => r.call_sites.map(s => [s.stack, s.drained]),
	"pinned threads": r => {
		const by = new Map(r.connections.map(c => [c.id, c.stack]));
		return r.threads.filter(t => t.pins && by.get(t.serves[0])).map(t => [by.get(t.serves[0]), 1]);
	},
};

const START = /^(_start|__libc_start_(main|call_main|main_impl)|clone3?|start_thread)(@|$)/;

/* Nothing moves, since paper does not wait for it: what a transition of d3's would come to is set at once. */
Object.assign(Object.getPrototypeOf(libraries.select(document)), Object.fromEntries(
	["transition", "duration", "delay", "ease"].map(name => [name, function () {
		return this;
	}])));

/* Outermost first, without where every program and every thread begins. */
function tree(r, pairs) {
	const root = {name: "all", value: 0, children: []};

	for (const [stack, n] of pairs) {
		let at = root;

		if (!n)
			continue;
		root.value += n;
		for (const frame of (r.stacks[stack] ?? []).filter(f => !START.test(f.function ?? "")).reverse()) {
			const name = visible(frameName(frame)), spot = visible(frameSpot(frame));
			let next = at.children.find(c => c.name === name && c.spot === spot);

			if (!next)
				at.children.push(next = {name, spot, value: 0, children: []});
			next.value += n;
			at = next;
		}
	}
	return root;
}

function flames(r) {
	const {flamegraph, select} = libraries;
	const usable = Object.entries(MEASURES).map(([name, pairs]) => [name, tree(r, pairs(r))]).filter(([, t]) => t.value);
	const into = make("div", {class: "flames"}), told = make("div", {class: "mono told", role: "status"}, "\u00a0");
	let graph = null, measure = usable.find(([name]) => name === "leaked") ?? usable[0];

	if (!measure)
		return null;
	const label = d => d.data.name + (d.data.spot ? " (" + d.data.spot + ")" : "") + ": " + number(d.data.value) + " " + measure[0] +
		", " + (100 * d.data.value / measure[1].value).toFixed(1) + " %";
	const reachable = () => into.querySelectorAll("g.frame").forEach(g => {
		g.setAttribute("tabindex", 0);
		g.setAttribute("role", "button");
		g.setAttribute("aria-label", g.querySelector("title")?.textContent ?? "");
	});
	const draw = () => {
		into.replaceChildren();
		graph = flamegraph().width(Math.max(into.clientWidth, 280)).cellHeight(19).minFrameSize(1).transitionDuration(0).sort(true)
			.setLabelHandler(label).setDetailsElement(told).onClick(() => setTimeout(reachable))
			.setSearchMatch((d, term) => !!term && (d.data.name + " " + d.data.spot).toLowerCase().includes(term.toLowerCase()))
			.setColorMapper((d, c) => d.highlight ? colour("found") : c);
		select(into).datum(structuredClone(measure[1])).call(graph);
		if (search.value)
			graph.search(search.value);
		reachable();
	};
	const search = make("input", {type: "search", placeholder: "search", "aria-label": "search frames",
				      oninput: () => search.value ? graph.search(search.value) : (graph.clear(), told.textContent = "\u00a0")});
	const choice = make("select", {"aria-label": "what the widths are", onchange: () => {
		measure = usable.find(([name]) => name === choice.value);
		draw();
	}}, usable.map(([name]) => make("option", {value: name, selected: name === measure[0]}, name)));

	into.addEventListener("keydown", e => {
		const g = e.target.closest("g.frame");

		if (g && (e.key === "Enter" || e.key === " ")) {
			g.dispatchEvent(new MouseEvent("click"));
			e.preventDefault();
		}
	});
	drawn.add(() => width && draw());
	let width = 0; /* not drawn yet: that comes when it has a place on the page */
	new ResizeObserver(() => {
		if (into.clientWidth && Math.abs(into.clientWidth - width) > 4)
			(width = into.clientWidth, draw());
	}).observe(into);
	return make("div", {}, make("div", {class: "controls"}, choice, search,
		make("button", {type: "button", onclick: () => graph.resetZoom()}, "whole")), into, told);
}
