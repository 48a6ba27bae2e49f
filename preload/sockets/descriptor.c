/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/descriptor.h"

uint32_t descriptor_table[DESCRIPTORS_MAX];
HOT_DATA uint32_t descriptor_end;
