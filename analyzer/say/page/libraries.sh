#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes libraries.js and libraries.css, which are checked in: what the page takes from npm's registry, in the versions that stand
# here, bundled, with everybody's licence at the head. Needs npm. A build of connleak needs neither this nor a network.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$here/libraries.mjs" "$folder/"
cd "$folder"
cat >package.json <<'JSON'
{"private": true,
 "dependencies": {"uplot": "1.6.32", "d3-flame-graph": "5.0.0", "d3-selection": "3.0.0", "d3-format": "3.1.0", "d3-array": "3.2.4",
  "d3-hierarchy": "3.1.2", "d3-scale": "4.0.2", "d3-ease": "3.0.1", "d3-transition": "3.0.1", "d3-dispatch": "3.0.1"},
 "devDependencies": {"esbuild": "0.28.2"}}
JSON
npm install --ignore-scripts --no-audit --no-fund --silent
npx esbuild libraries.mjs --bundle --minify --format=iife --global-name=libraries --charset=ascii --line-limit=110 --loader:.css=empty \
	--legal-comments=none --log-level=warning --outfile=bundle.js
{
	echo '/* SPDX-License-Identifier: Apache-2.0 AND MIT AND ISC AND BSD-3-Clause'
	echo ' *'
	echo ' * Made by libraries.sh: do not edit. In it are:'
	for package in uplot d3-flame-graph $(ls -d node_modules/d3-* node_modules/internmap | sed 's,node_modules/,,' | grep -v d3-flame-graph); do
		node -e "const p=require('./node_modules/$package/package.json'); console.log('\n' + p.name, p.version, '(' + p.license + ')', p.homepage || '')"
		case $package in
		d3-flame-graph) echo 'Apache License, Version 2.0: as connleak itself, see LICENSE' ;;
		*) cat "node_modules/$package"/LICENSE* ;;
		esac
	done | sed 's,\*/,* /,; s/^/ * /; s/[[:space:]]*$//'
	echo ' */'
	sed 's/[[:space:]]*$//' bundle.js
} >"$here/libraries.js"
{
	echo '/* SPDX-License-Identifier: Apache-2.0 AND MIT'
	echo ' * Made by libraries.sh: do not edit. Of uPlot and d3-flame-graph; libraries.js has their licences. */'
	sed 's/}/}\n/g' node_modules/uplot/dist/uPlot.min.css | sed 's/[[:space:]]*$//'
	sed 's/^[[:space:]]*//; s/}/}\n/g' node_modules/d3-flame-graph/dist/d3-flamegraph.css | sed 's/[[:space:]]*$//'
} | sed '/^$/d' >"$here/libraries.css"
