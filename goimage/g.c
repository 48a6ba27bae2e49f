/* SPDX-License-Identifier: Apache-2.0 */
#include "goimage/g.h"

const struct go_field go_g[G_FIELDS] = {
	[G_STATUS] = {"runtime", "runtime.g", "atomicstatus", 0, false},
	[G_ID] = {"runtime", "runtime.g", "goid", 0, false},
	[G_SCHED] = {"runtime", "runtime.g", "sched", 0, false},
	[G_STARTPC] = {"runtime", "runtime.g", "startpc", 0, false},
	[G_GOPC] = {"runtime", "runtime.g", "gopc", 0, false},
	[G_BP] = {"runtime", "runtime.gobuf", "bp", 0, false},
	[G_PARENT] = {"runtime", "runtime.g", "parentGoid", 0, false},
	[G_SYSCALLBP] = {"runtime", "runtime.g", "syscallbp", 0, false},
	[G_WAITSINCE] = {"runtime", "runtime.g", "waitsince", 0, false},
};
