/* SPDX-License-Identifier: Apache-2.0 */
/* What makes of the reports in the page (JSON, one in each section) a page to work with. A section is built when it comes into
 * view: a browser's dump may have hundreds. */
"use strict";

/* ---- theme: as the system has it, or as chosen ---------------------------------------------------------------- */

const THEMES = ["system", "light", "dark"];

function remembered(value) {
	try { /* a file: page may not */
		if (value)
			localStorage.setItem("connleak-theme", value);
		return localStorage.getItem("connleak-theme");
	} catch {
		return null;
	}
}

function setTheme(name) {
	if (name === "system")
		delete document.documentElement.dataset.theme;
	else
		document.documentElement.dataset.theme = name;
	drawn.forEach(draw => draw());
}

function themeButton() {
	let now = THEMES.includes(remembered()) ? remembered() : "system";
	const button = make("button", {type: "button", id: "theme", title: "colours: as the system has them, light, or dark",
				       onclick: () => choose(THEMES[(THEMES.indexOf(now) + 1) % THEMES.length])});
	const choose = name => {
		now = name;
		remembered(name);
		button.textContent = "colours: " + name;
		setTheme(name);
	};

	choose(now);
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawn.forEach(draw => draw()));
	return button;
}

/* ---- one of them, in detail ------------------------------------------------------------------------------------- */

const dialog = make("dialog", {id: "detail", "aria-label": "in detail", onclick: e => e.target === dialog && dialog.close()});

function show(title, table, row, ...content) {
	const step = n => {
		const other = table?.neighbour(row, n);
		return make("button", {type: "button", disabled: !other, onclick: () => table.open(other, table)}, n < 0 ? "\u2039 previous" : "next \u203a");
	};

	dialog.replaceChildren(make("header", {}, make("h3", {}, title), table ? [step(-1), step(1)] : null,
		make("button", {type: "button", class: "close", autofocus: true, onclick: () => dialog.close()}, "close")), ...content);
	if (!dialog.open)
		dialog.showModal();
	dialog.scrollTop = 0;
}

/* Pairs of a name and a text, without those that say nothing. */
function facts(pairs) {
	return make("dl", {}, pairs.filter(([, value]) => value !== null && value !== undefined && value !== "")
		.map(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
}

function life(c, r) {
	const end = r.process.duration_s;
	const events = [["opened", c.opened_s], ["connected", c.connected_s], ["written last", c.last_write_s], ["read last", c.last_read_s],
			["closed", c.closed_s], [r.process.end === "running" ? "now" : "the process ended", end]]
		.filter(([, at]) => at !== null && at !== undefined).sort((a, b) => a[1] - b[1]);
	const place = at => (end ? Math.min(100, Math.max(0, at / end * 100)) : 0).toFixed(3) + "%";
	const bar = make("div", {class: "bar", "aria-hidden": "true"});
	const span = make("div", {class: "span " + c.verdict});

	span.style.left = place(c.opened_s ?? 0);
	span.style.right = `calc(100% - ${place(c.closed_s ?? end)})`;
	bar.append(span, ...events.map(([name, at]) => {
		const tick = make("i", {title: name + ", " + seconds(at)});
		tick.style.left = place(at);
		return tick;
	}));
	return make("div", {class: "life"}, bar, make("ol", {}, events.map(([name, at], i) => make("li", {},
		make("b", {}, name), " ", seconds(at), i ? make("span", {class: "quiet"}, at > events[i - 1][1] ? " (" + seconds(at - events[i - 1][1]) + " later)" : " (at once)") : null))));
}

function bytes(c) {
	const body = c.body_expected !== null ? number(c.body_received) + " of " + number(c.body_expected) :
		c.body_received ? number(c.body_received) : null;

	return [["requests", c.requests || c.responses ? number(c.requests) + ", " + number(c.responses) + " answered" : null],
		["last body", body], ["read", number(c.bytes_in) + " bytes"], ["written", number(c.bytes_out) + " bytes"],
		["unread", c.queued ? number(c.queued) + " bytes wait in the kernel" : null],
		["unsent", c.unsent ? number(c.unsent) + " bytes wait in the kernel" : null]];
}

function showConnection(view, c, table) {
	const {r, words} = view, names = new Map(r.threads.map(t => [t.id, t]));
	const threads = c.threads.map(id => make("button", {type: "button", class: "link", onclick: () => showThread(view, names.get(id))},
		"thread " + id + (names.get(id)?.name ? " '" + names.get(id).name + "'" : "")));
	const help = words[c.reason] ?? {};

	show(`Connection ${c.id}: ${c.verdict}, ${c.reason}`, table, c, facts([
		["means", help.means], ["what to do", c.verdict === "leaked" ? help.todo : null],
		["evidence", c.evidence], ["kind", c.kind + (c.role === "none" ? "" : ", " + c.role)],
		["local", c.local], ["peer", c.peer], ["host", c.host],
		["protocol", c.protocol ? (c.tls && c.protocol !== "tls" ? "tls, " : "") + c.protocol : null], ["state", c.state],
		["descriptors", c.fds.join(", ")], ["connect failed", c.connect_error], ...bytes(c),
		["teardown", c.teardown ? "closed only while the process was ending" : null], ["suppressed by", c.suppressed],
		["threads", threads.length ? threads.flatMap((t, i) => i ? [", ", t] : [t]) : null],
	]), make("h4", {}, "Its life"), life(c, r), make("h4", {}, "Opened by"), stackList(r.stacks[c.stack]),
	c.closed_stack ? [make("h4", {}, "Closed by"), stackList(r.stacks[c.closed_stack])] : []);
}

function showThread(view, t, table) {
	const {r} = view, of = id => make("button", {type: "button", class: "link", onclick: () =>
		showConnection(view, r.connections.find(c => c.id === id))}, "connection " + id);
	const known = id => r.connections.some(c => c.id === id);

	show(`Thread ${t.id}` + (t.name ? ` '${t.name}'` : ""), table, t, facts([
		["role", t.role], ["tid", t.tid || null], ["goroutine", t.goid], ["alive", t.alive ? "yes" : "no"],
		["pinned", t.pins ? "by a connection that was never closed" : null],
		["serves", t.serves.length ? t.serves.map(id => known(id) ? of(id) : "connection " + id) : null],
		["waits in", t.waiting_in], ["waits on", t.waiting_on ? known(t.waiting_on) ? of(t.waiting_on) : t.waiting_on : null],
		["created", seconds(t.created_s)], ["ended", seconds(t.ended_s)], ["created by", t.created_by ? "thread " + t.created_by : null],
	]), make("h4", {}, "Started by"), stackList(r.stacks[t.stack]));
}

function showPlace(view, s, table) {
	const graph = make("div", {class: "chart"});

	show(s.place, table, s, facts([
		["opened", number(s.opened)], ["closed", number(s.closed)], ["closed early", s.closed_early ? number(s.closed_early) : null],
		["open now", number(s.open_now)], ["most at once", number(s.open_max)], ["leaked", s.leaked ? number(s.leaked) : null],
		["drained", s.drained ? number(s.drained) : null], ["over time", growth(s.over_time)],
	]), graph, make("button", {type: "button", onclick: () => {
		dialog.close();
		view.reveal(s);
	}}, "its connections"), make("h4", {}, "Stack of an example"), stackList(view.r.stacks[s.stack]));
	if (s.over_time)
		chart(graph, s.over_time, [{title: "open", open: s.over_time.open}], null);
}

/* ---- tables --------------------------------------------------------------------------------------------------------- */

const column = (title, name, more) => ({title, value: row => row[name], cell: row => row[name], ...more});
const count = (title, name, more) => column(title, name, {number: true, cell: row => number(row[name]), ...more});
const time = (title, name) => column(title, name, {number: true, cell: row => row[name] === null ? "" : row[name].toFixed(3)});
const verdict = row => row.verdict;
const WORST = ["leaked", "drained", "closed-early", "active", "open", "listening", "closed"]; /* first, until another order is asked for */

function connections(view) {
	const place = c => view.places.get(c.stack)?.place ?? "";
	const rows = [...view.r.connections].sort((a, b) => WORST.indexOf(a.verdict) - WORST.indexOf(b.verdict));

	return new Table("connections", rows, [
		count("id", "id", {number: true}), column("verdict", "verdict", {class: verdict}), column("reason", "reason"),
		column("kind", "kind"), column("role", "role"), column("peer", "peer"), column("local", "local"), column("host", "host"),
		column("protocol", "protocol"), column("state", "state"), count("requests", "requests"), count("responses", "responses"),
		count("bytes in", "bytes_in"), count("bytes out", "bytes_out"), time("opened s", "opened_s"), time("closed s", "closed_s"),
		{title: "opened by", value: place, cell: place}, column("suppressed", "suppressed"),
	], (c, table) => showConnection(view, c, table), {title: "all verdicts", value: verdict});
}

function threads(view) {
	const rank = t => t.pins ? 0 : t.alive ? 1 : 2, rows = [...view.r.threads].sort((a, b) => rank(a) - rank(b));

	return new Table("threads", rows, [
		count("id", "id"), column("name", "name"), column("role", "role"), column("alive", "alive", {cell: t => t.alive ? "yes" : "no"}),
		column("pinned", "pins", {cell: t => t.pins ? "yes" : "", class: t => t.pins ? "leaked" : ""}),
		{title: "serves", number: true, value: t => t.serves[0], cell: t => t.serves[0] ?? ""},
		column("waits in", "waiting_in"), count("waits on", "waiting_on"), time("created s", "created_s"), time("ended s", "ended_s"),
	], (t, table) => showThread(view, t, table), {title: "all roles", value: t => t.role});
}

function places(view) {
	return new Table("places", view.r.call_sites, [
		column("place", "place"), count("opened", "opened"), count("closed", "closed"), count("closed early", "closed_early"),
		count("open now", "open_now"), count("most at once", "open_max"), count("drained", "drained", {class: s => s.drained ? "drained" : ""}),
		count("leaked", "leaked", {class: s => s.leaked ? "leaked" : ""}),
		{title: "over time", value: s => s.over_time?.growing ? 2 : s.over_time ? 1 : null, cell: s => s.over_time ?
			make("span", {}, sparkline(s.over_time), " ", growth(s.over_time)) : ""},
	], (s, table) => showPlace(view, s, table));
}

function folded(title, table, open) {
	return make("details", {class: "panel", open}, make("summary", {}, `${title} (${number(table.rows.length)})`), table.element);
}

/* ---- a process -------------------------------------------------------------------------------------------------------- */

function overTime(r, into) {
	const all = r.summary.over_time, most = s => Math.max(...s.over_time.open);

	if (!all || !Math.max(...all.open))
		return;
	const sites = r.call_sites.filter(s => s.over_time && most(s)).sort((a, b) => most(b) - most(a)).slice(0, LINES.length);
	const graph = make("div", {class: "chart", role: "img", "aria-label":
		`${Math.max(...all.open)} at most in ${seconds(r.process.duration_s)}` + (growth(all) ? "; " + growth(all) : "")});

	into.append(make("h3", {}, "Open over time" + (growth(all) ? ": it " + growth(all) : "")), graph);
	chart(graph, all, [{title: "all", open: all.open}, ...(sites.length > 1 ? sites : []).map(s => ({title: s.place, open: s.over_time.open}))],
	      r.exhaustion?.at_s);
}

function build(section) {
	const part = name => section.querySelector(name);
	const r = JSON.parse(part("script.report").textContent), words = JSON.parse(part("script.words").textContent);
	const view = {r, words, places: new Map(r.call_sites.flatMap(s => s.stacks.map(id => [id, s])))};
	const graph = r.connections.length ? flames(r) : null, lists = part(".lists"), all = connections(view);
	const list = folded("Connections and sockets", all, true);

	section.classList.add("built");
	view.reveal = s => {
		all.input.value = s.place;
		all.find();
		list.open = true;
		list.scrollIntoView();
	};
	overTime(r, part(".over-time"));
	if (graph)
		lists.append(make("details", {class: "panel", open: true}, make("summary", {}, "Where they were opened"), graph));
	if (r.call_sites.length)
		lists.append(folded("Places", places(view), true));
	if (r.connections.length)
		lists.append(list);
	if (r.threads.length > 1)
		lists.append(folded("Threads", threads(view), false));
	section.view = view;
}

const worstFirst = sections => sections.sort((a, b) => b.dataset.leaked - a.dataset.leaked || b.dataset.drained - a.dataset.drained);

function contents(sections) {
	const row = s => make("li", {class: s.dataset.leaked > 0 ? "leaked" : null}, make("a", {href: "#" + s.id}, s.querySelector("h2").textContent),
		make("span", {class: "quiet"}, ` ${number(Number(s.dataset.leaked))} leaked, ${number(Number(s.dataset.drained))} drained`));

	return make("nav", {}, make("h2", {}, plural(sections.length, "process image")), make("ol", {}, sections.map(row)));
}

/* Many processes are a table first, then those with findings, worst first; the others are folded away. */
function arrange(sections, head) {
	const quiet = sections.filter(s => s.dataset.leaked === "0" && s.dataset.drained === "0" && !s.querySelector(".alarm"));
	const rest = make("details", {class: "panel rest"}, make("summary", {}, `${plural(quiet.length, "process image")} without a finding`), quiet);
	const table = contents(sections), unfold = () => document.getElementById(location.hash.slice(1))?.closest("details")?.setAttribute("open", "");

	head.after(table, ...sections.filter(s => !quiet.includes(s)));
	if (quiet.length)
		document.body.append(rest);
	addEventListener("hashchange", unfold);
	unfold();
}

function start() {
	const sections = worstFirst([...document.querySelectorAll("section.process")]), head = document.querySelector("h1");
	const seen = new IntersectionObserver(entries => entries.forEach(e => {
		if (e.isIntersecting && !e.target.classList.contains("built")) {
			seen.unobserve(e.target);
			build(e.target);
		}
	}), {rootMargin: "400px"});

	document.body.append(dialog);
	sections.forEach((s, i) => s.id = "process-" + (i + 1));
	if (sections.length > 1)
		arrange(sections, head);
	sections.forEach((s, i) => i < 2 ? build(s) : seen.observe(s));
	head.append(themeButton());
	document.addEventListener("keydown", e => {
		if (e.key === "/" && !e.target.matches("input,select") && !dialog.open) {
			e.preventDefault();
			document.querySelector("section input[type=search]")?.focus();
		}
	});
	addEventListener("beforeprint", () => {
		document.querySelectorAll("details").forEach(d => d.open = true);
		setTheme("light");
	});
	addEventListener("afterprint", () => setTheme(remembered() ?? "system"));
}

start();
