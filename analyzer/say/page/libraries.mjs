/* SPDX-License-Identifier: Apache-2.0 */
/* What the page takes from others; libraries.sh makes libraries.js of it. */
export {default as uPlot} from "uplot";
export {default as flamegraph} from "d3-flame-graph";
export {select} from "d3-selection";
