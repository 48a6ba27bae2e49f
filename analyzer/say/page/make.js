/* SPDX-License-Identifier: Apache-2.0 */
/* Elements, texts and numbers. Whatever a recorded program may have chosen gets into the page as text, by make() alone, and
 * what a browser would obey in it (controls, marks that turn the direction of text around) is spelled out. */
"use strict";

const OBEYED = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

function visible(text) {
	return String(text ?? "").replace(OBEYED, c => "\\u{" + c.charCodeAt(0).toString(16) + "}");
}

/* make("td", {class: "n", onclick: f, title: "..."}, "text", child, ...): an attribute that is null or false is left out. */
function make(tag, attributes, ...children) {
	const element = document.createElement(tag);

	for (const [name, value] of Object.entries(attributes ?? {}))
		if (name.startsWith("on"))
			element.addEventListener(name.slice(2), value);
		else if (value !== null && value !== undefined && value !== false)
			element.setAttribute(name, value === true ? "" : visible(value));
	for (const child of children.flat(Infinity))
		if (child !== null && child !== undefined)
			element.append(child instanceof Node ? child : visible(child));
	return element;
}

function number(n) {
	return n === null || n === undefined ? "" : n.toLocaleString("en-US");
}

function seconds(s) {
	if (s === null || s === undefined)
		return "";
	return s < 1 ? (s * 1000).toFixed(s < 0.01 ? 2 : 0) + " ms" : s < 120 ? s.toFixed(2) + " s" :
		s < 7200 ? (s / 60).toFixed(1) + " min" : (s / 3600).toFixed(1) + " h";
}

function plural(n, word) {
	return number(n) + " " + word + (n === 1 ? "" : "s");
}

/* A colour of the theme that is on. */
function colour(name) {
	return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
}

function frameName(frame) {
	const module = (frame.module ?? "?").split("/").pop();

	return frame.function ?? module + "+" + frame.offset;
}

function frameSpot(frame) {
	return frame.file ? frame.file + (frame.line ? ":" + frame.line : "") : frame.module ?? "";
}

function stackList(frames) {
	if (!frames || !frames.length)
		return make("p", {class: "quiet"}, "No stack was taken.");
	return make("ol", {class: "stack mono"}, frames.map(f =>
		make("li", {}, make("b", {}, frameName(f)), " ", make("span", {class: "quiet"}, frameSpot(f)))));
}
