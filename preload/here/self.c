/* SPDX-License-Identifier: Apache-2.0 */
#include "here/self.h"

__thread struct self self __attribute__((tls_model("initial-exec")));
