/* SPDX-License-Identifier: Apache-2.0 */
/* Tables that sort, search and page: of ten thousand rows only those of a page are in the document. */
"use strict";

const PAGE_SIZES = [25, 100, 500];

class Table {
	/* columns: {title, value(row): what it is sorted by, cell(row): text or element, number, class(row)}; open(row, table):
	 * a row was chosen; filter: {title, value(row)} offers the values that there are. */
	constructor(name, rows, columns, open, filter) {
		Object.assign(this, {name, rows, columns, open, filter, shown: rows, page: 0, size: PAGE_SIZES[0], column: -1, down: false});
		this.words = rows.map(() => null);
		this.build();
		this.update();
	}

	build() {
		this.input = make("input", {type: "search", placeholder: "search", "aria-label": "search " + this.name,
					    oninput: () => this.find()});
		this.choice = this.filter ? this.choices() : null;
		this.count = make("span", {class: "quiet", role: "status"});
		this.body = make("tbody");
		this.heads = this.columns.map((c, i) => make("th", {scope: "col", class: c.number ? "n" : null},
			make("button", {type: "button", onclick: () => this.sort(i)}, c.title)));
		this.buttons = [["\u00ab", "first", () => 0], ["\u2039", "previous", () => this.page - 1],
				["\u203a", "next", () => this.page + 1], ["\u00bb", "last", () => this.pages() - 1]]
			.map(([sign, word, to]) => make("button", {type: "button", title: word + " page", "aria-label": word + " page",
								   onclick: () => this.go(to())}, sign));
		const sizes = make("select", {"aria-label": "rows a page", onchange: e => {
			this.size = Number(e.target.value);
			this.go(0);
		}}, PAGE_SIZES.map(n => make("option", {value: n}, n + " rows")));
		this.element = make("div", {class: "table", onkeydown: e => this.key(e)},
			make("div", {class: "controls"}, this.input, this.choice, sizes, this.buttons, this.count),
			make("div", {class: "scroll"}, make("table", {}, make("thead", {}, make("tr", {}, this.heads)), this.body)));
	}

	choices() {
		const values = [...new Set(this.rows.map(this.filter.value))].sort();

		return make("select", {"aria-label": this.filter.title, onchange: () => this.find()},
			make("option", {value: ""}, this.filter.title), values.map(v => make("option", {value: v}, v)));
	}

	text(index) {
		return this.words[index] ??= this.columns.map(c => {
			const cell = c.cell(this.rows[index]);
			return cell instanceof Node ? cell.textContent : String(cell ?? "");
		}).join(" ").toLowerCase();
	}

	/* Every word has to be there, in any column. */
	find() {
		const words = this.input.value.toLowerCase().split(/\s+/).filter(Boolean), of = this.choice?.value;

		this.shown = this.rows.filter((row, i) => (!of || String(this.filter.value(row)) === of) &&
					      words.every(w => this.text(i).includes(w)));
		this.order();
		this.go(0);
	}

	sort(column) {
		this.down = this.column === column ? !this.down : !!this.columns[column].number;
		this.column = column;
		this.order();
		this.go(0);
	}

	order() {
		const column = this.columns[this.column], sign = this.down ? -1 : 1;

		if (!column)
			return;
		const keys = new Map(this.shown.map(row => [row, column.value(row)]));
		const rank = v => v === null || v === undefined || v === "" ? 1 : 0; /* what is not known comes last */
		this.shown = [...this.shown].sort((a, b) => {
			const x = keys.get(a), y = keys.get(b);
			return rank(x) - rank(y) || (rank(x) ? 0 : sign * (x < y ? -1 : x > y ? 1 : 0));
		});
	}

	pages() {
		return Math.max(1, Math.ceil(this.shown.length / this.size));
	}

	go(page) {
		this.page = Math.min(Math.max(page, 0), this.pages() - 1);
		this.update();
	}

	update() {
		const from = this.page * this.size, rows = this.shown.slice(from, from + this.size);

		this.body.replaceChildren(...rows.map(row => this.row(row)));
		this.heads.forEach((head, i) => head.setAttribute("aria-sort", i !== this.column ? "none" :
								  this.down ? "descending" : "ascending"));
		this.buttons.forEach((b, i) => b.disabled = i < 2 ? this.page === 0 : this.page >= this.pages() - 1);
		this.count.textContent = !this.shown.length ? "none" :
			number(from + 1) + "\u2013" + number(from + rows.length) + " of " + number(this.shown.length) +
			(this.shown.length < this.rows.length ? " (" + number(this.rows.length) + " in all)" : "");
	}

	row(row) {
		const element = make("tr", {tabindex: 0, onclick: () => this.open(row, this)}, this.columns.map(c =>
			make("td", {class: [c.number ? "n" : "", c.class?.(row) ?? ""].join(" ").trim() || null}, c.cell(row))));

		element.data = row;
		return element;
	}

	/* Arrows walk through the rows, and turn the page; Enter opens. */
	key(e) {
		const row = e.target.closest?.("tbody tr");

		if (!row)
			return;
		const step = {ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling}[e.key];
		if (e.key === "Enter" || e.key === " ")
			this.open(row.data, this);
		else if (e.key === "ArrowRight" || e.key === "ArrowLeft")
			(this.go(this.page + (e.key === "ArrowRight" ? 1 : -1)), this.body.firstElementChild?.focus());
		else if (e.key === "ArrowDown" || e.key === "ArrowUp")
			step?.focus();
		else
			return;
		e.preventDefault();
	}

	/* The one before or after it, in the order that is shown. */
	neighbour(row, step) {
		return this.shown[this.shown.indexOf(row) + step];
	}
}
