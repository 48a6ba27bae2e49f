#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""dump_man.py DUMP.H VERSION: connleak-dump(5), from the header that is the format: its comments are the text, and where
each field lies is counted from its types. What the header asserts of sizes and offsets must come out the same."""
import re
import sys

SIZES = {"char": 1, "uint8_t": 1, "uint16_t": 2, "uint32_t": 4, "int32_t": 4, "uint64_t": 8, "int64_t": 8}
HEAD = r'''.\" Made from the header by doc/dump_man.py: do not edit.
.TH CONNLEAK\-DUMP 5 2026-11-28 "connleak @VERSION@" "File formats"
.SH NAME
connleak-dump \- what connleak writes down of a process and its connections
.SH SYNOPSIS
.B #include <connleak/dump.h>
.PP
.B cc $(pkg-config \-\-cflags connleak-dump) ...
.SH DESCRIPTION
'''
TAIL = r'''.SH SEE ALSO
.BR connleak (1)
.PP
.I connleak/exchange.h
has functions over the format.
'''


def roff(text):
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return r"\&" + text if text[:1] in (".", "'") else text


def prose(comment):
    """A comment's text, without its stars; pictures and lists stay as they are."""
    lines = [re.sub(r"^ ?\* ?", "", line.strip()).rstrip() for line in comment.strip()[2:-2].strip().splitlines()]
    out, filled = [], True
    for line in lines:
        drawn = bool(re.match(r" *[+|] ?|  {3,}", line))
        if drawn == filled:
            out.append(".nf" if drawn else ".fi")
            filled = not drawn
        item = re.match(r" +- (.*)", line)
        out += [".IP \\(bu 2", roff(item[1])] if item else [".PP"] if not line else [roff(line if drawn else line.strip())]
    return "\n".join(out + ([] if filled else [".fi"])) + "\n"


def entry(title, text):
    return f".TP\n.B {title}\n{roff(text) if text else chr(92) + '&'}\n"


class Header:
    def __init__(self, text):
        self.text, self.constants, self.tables, self.out = text, {}, {}, []

    def value(self, expression):
        """Of a constant expression of C's, as far as the header has them."""
        known = re.sub(r"\b[A-Z]\w+\b", lambda hit: str(self.constants[hit[0]]), expression)
        return eval(re.sub(r"(?<=[0-9a-fA-F])(ull|u)\b", "", known), {}, {})  # pylint: disable=eval-used

    def comment_of(self, text):
        return " ".join(re.sub(r"\s*\n\s*\*?\s*", " ", c.strip("/* \n")) for c in re.findall(r"/\*.*?\*/", text, re.S)).strip()

    def table(self, name, body):
        rows = re.findall(r'X\((\w+)(?:, "([^"]*)")?\)\s*(?:/\*(.*?)\*/)?', re.sub(r'"\s*\\\n\s*"', "", body))
        self.tables[name] = [(n, ": ".join(t for t in (text, comment.strip()) if t)) for n, text, comment in rows]

    def define(self, name, value, comment):
        try:
            self.constants[name] = self.value(value)
        except (SyntaxError, NameError, KeyError):
            pass
        if value:
            self.out.append(entry(f"{name} {roff(value.strip())}", comment))

    def enum(self, name, body):
        self.out.append(f".SS enum {roff(name) or '(flags)'}\n")
        number = 0
        prefix = (re.search(r"#define X\(name.*?\) (\w+)##name", body) or [None, ""])[1]
        for line in re.findall(r"(?:^|\n)\s*(DUMP_\w+(?:\(X\)|[^,\n/]*),?[ \t]*(?:/\*.*?\*/)?)", body, re.S):
            word = re.match(r"\w+", line)[0]
            if word in self.tables:
                for row, text in self.tables[word]:
                    self.out.append(entry(f"{prefix}{row} = {number}", text))
                    self.constants[prefix + row] = number
                    number += 1
                continue
            given = re.match(r"\w+ = ([^,/]+)", line)
            number = self.value(given[1]) if given else number
            self.constants[word] = number
            if not word.endswith("_COUNT"):
                self.out.append(entry(f"{word} = {given[1].strip() if given else number}", self.comment_of(line)))
            number += 1

    def fields(self, body):
        """Of a struct's body: type as it is said, size, alignment, name, how many, comment."""
        field = re.compile(r"\n\t+(struct \{(?P<inner>[^}]*)\}|(?:struct )?\w+) (?P<declared>[^;\n]+);(?P<comment>(?:[ \t]*/\*.*?\*/)?)", re.S)
        for hit in field.finditer(body):
            kind, inner = " ".join(hit[1].split()), hit["inner"]
            if inner:
                offset, widest = 0, 1
                for _, size, align, _, count, _ in self.fields(inner):
                    offset, widest = -(-offset // align) * align + size * count, max(widest, align)
                size, align = -(-offset // widest) * widest, widest
            else:
                size, align = SIZES[kind] if isinstance(SIZES[kind], tuple) else (SIZES[kind], SIZES[kind])
            for one in hit["declared"].split(","):
                name, count = re.fullmatch(r"\s*(\w+)(?:\[(.+)\])?", one).groups()
                yield f"{kind} {one.strip()}", size, align, name, self.value(count) if count else 1, hit["comment"]

    def struct(self, name, body):
        self.out.append(f".SS struct {name}\n")
        offset, widest, fields = 0, 1, {}
        body = re.sub(r"\n\t/\* \d+:? ?.*?\*/(?=\n)", "", body)  # rulers in between
        for said, size, align, field, count, comment in self.fields(body):
            widest = max(widest, align)
            offset = -(-offset // align) * align
            fields[field] = offset
            self.out.append(entry(f"\\fI{offset}\\fP {roff(said)}", self.comment_of(comment)))
            offset += size * count
        size = -(-offset // widest) * widest
        SIZES[f"struct {name}"] = (size, widest)
        self.check(name, size, fields)
        self.out.append(f".PP\n{size} bytes.\n")

    def check(self, name, size, fields):
        asserted = re.search(rf"_Static_assert\(sizeof\(struct {name}\) == (\d+)", self.text)
        if not asserted or int(asserted[1]) != size:
            sys.exit(f"struct {name}: {size} bytes are counted, the header asserts {asserted and asserted[1]}")
        for field, at in re.findall(rf"offsetof\(struct {name}, (\w+)\) == (\d+)", self.text):
            if fields[field] != int(at):
                sys.exit(f"struct {name}: {field} is counted to be at {fields[field]}, the header asserts {at}")

    def read(self):
        pattern = re.compile(r"""
            (?P<section>^/\*\ ----\ (?P<title>.*?)\ -+\ \*/) | (?P<comment>^/\*.*?\*/)
            | ^\#define\ (?P<table>DUMP_\w+)\(X\)\s*\\\n(?P<rows>(?:[^\n]*\\\n)*[^\n]*\n)
            | ^\#define\ (?P<define>DUMP_\w+(?:\(\w+\))?)\ ?(?P<value>[^\n/]*?)\ *(?:/\*(?P<why>.*?)\*/)?$
            | ^enum\ ?(?P<enum>\w*)\ \{(?P<values>.*?\n)\}; | ^struct\ (?P<struct>\w+)\ \{(?P<fields>.*?\n)\};
            """, re.X | re.M | re.S)
        for hit in pattern.finditer(self.text[self.text.index("#include"):]):
            if hit["section"]:
                if "pinned" in hit["title"]:
                    break
                self.out.append(f".SH {hit['title'].upper()}\n")
            elif hit["comment"]:
                self.out.append(".PP\n" + prose(hit["comment"]))
            elif hit["table"]:
                self.table(hit["table"], hit["rows"])
            elif hit["define"]:
                self.define(hit["define"], hit["value"], (hit["why"] or "").strip())
            elif hit["struct"]:
                self.struct(hit["struct"], hit["fields"])
            else:
                self.enum(hit["enum"], hit["values"])
        return "".join(self.out)


def main(path, version):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    intro = re.search(r"\n(/\*.*?\*/)\n#ifndef", text, re.S)[1]
    page = HEAD.replace("@VERSION@", version) + prose(intro) + ".SH THE FILE\n" + Header(text).read() + TAIL
    page = re.sub(r"(\.PP\n)+(?=\.(PP|IP|nf|SH|SS)\b)", "", page)
    sys.stdout.write(re.sub(r"(\.S[HS] .*\n)\.PP\n", r"\1", page))


main(*sys.argv[1:])
