/* SPDX-License-Identifier: Apache-2.0 */
/* The commands, as main calls them: each returns the exit status. */
#ifndef CONNLEAK_CMD_H
#define CONNLEAK_CMD_H

int cmd_run(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_watch(int argc, char **argv);
int cmd_explain(int argc, char **argv);

#endif
