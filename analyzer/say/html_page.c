/* SPDX-License-Identifier: Apache-2.0 */
/* What surrounds the processes on the page: style and a script that sorts and filters tables. Nothing is loaded
 * from elsewhere, and the policy says so to the browser. */
#include "say/report.h"

const char report_html_head[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
	"script-src 'unsafe-inline'\">\n"
	"<meta name=\"viewport\" content=\"width=device-width\">\n<title>connleak</title>\n<style>\n"
	":root{--ink:#1d2329;--paper:#fff;--soft:#f3f5f7;--line:#d5dae0;--quiet:#5c6773;"
	"--leaked:#b3261e;--drained:#8a5a00;--closed:#1b6e3c;--active:#0b57a4;color-scheme:light dark}\n"
	"@media(prefers-color-scheme:dark){:root{--ink:#e3e7eb;--paper:#14181c;--soft:#1e242a;--line:#39424b;"
	"--quiet:#9aa5b1;--leaked:#ff8a80;--drained:#ffc66b;--closed:#7fd6a0;--active:#8ec3ff}}\n"
	"body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:90em;"
	"margin:0 auto;padding:1em 1.5em}\n"
	"h1{font-size:1.3em}h2{font-size:1.1em;margin:2em 0 .2em;overflow-wrap:anywhere}"
	"h3{font-size:1em;margin:1.4em 0 .4em}\n"
	"p{margin:.3em 0}.quiet{color:var(--quiet)}code,pre,td,.mono{font-family:ui-monospace,monospace;font-size:.9em}\n"
	".counts{display:flex;flex-wrap:wrap;gap:.5em;padding:0;margin:.8em 0;list-style:none}"
	".counts li{border:1px solid var(--line);border-radius:.4em;padding:.2em .8em;min-width:5em}"
	".counts b{display:block;font-size:1.3em}\n"
	".leaked{color:var(--leaked)}.drained{color:var(--drained)}.closed,.closed-early{color:var(--closed)}"
	".active{color:var(--active)}\n"
	"details{border:1px solid var(--line);border-radius:.4em;margin:.6em 0;padding:.4em .9em}"
	"details[open]{padding-bottom:.9em}summary{cursor:pointer;font-weight:600}\n"
	"details.finding{border-left:.3em solid var(--leaked)}dl{display:grid;grid-template-columns:max-content 1fr;"
	"gap:.15em 1em;margin:.6em 0}dt{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere}\n"
	"ol.stack{background:var(--soft);border-radius:.3em;padding:.6em .6em .6em 3em;overflow:auto;margin:.6em 0}\n"
	".scroll{overflow:auto;max-height:40em}table{border-collapse:collapse;width:100%}"
	"th,td{text-align:left;padding:.2em .7em;border-bottom:1px solid var(--line);white-space:nowrap}"
	"th{position:sticky;top:0;background:var(--soft);cursor:pointer;font-weight:600}td.n{text-align:right}\n"
	"input{font:inherit;padding:.2em .5em;margin:.5em 0;width:20em;max-width:100%}\n"
	"</style>\n<h1>connleak</h1>\n";

const char report_html_foot[] =
	"<script>\n"
	"for(const t of document.querySelectorAll('table')){\n"
	" const body=t.tBodies[0],head=[...t.tHead.rows[0].cells];\n"
	" const key=(r,i)=>{const c=r.cells[i].dataset.n??r.cells[i].textContent,n=parseFloat(c);return isNaN(n)?c:n};\n"
	" head.forEach((h,i)=>{h.onclick=()=>{const s=h.dataset.s=h.dataset.s=='1'?-1:1;\n"
	"  [...body.rows].map(r=>[key(r,i),r]).sort((a,b)=>s*(typeof a[0]==typeof b[0]?(a[0]<b[0]?-1:a[0]>b[0]?1:0):"
	"typeof a[0]=='number'?-1:1)).forEach(p=>body.append(p[1]))}});\n"
	" const f=t.parentElement.parentElement.querySelector('input');\n"
	" if(f)f.oninput=()=>{const w=f.value.toLowerCase().split(/\\s+/);"
	"for(const r of body.rows)r.hidden=!w.every(x=>r.textContent.toLowerCase().includes(x))};\n"
	"}\n</script>\n</html>\n";
