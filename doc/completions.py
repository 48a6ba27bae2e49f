#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""completions.py bash|zsh|fish CONNLEAK: a shell's completions, from the table of options."""
import os
import subprocess
import sys

RUNNER = os.environ.get("CONNLEAK_RUNNER", "").split("|") if os.environ.get("CONNLEAK_RUNNER") else []  # of a cross build

def read(connleak):
    """Commands {name: (summary, [(long, letter, argument, help)])} and the words that an option takes."""
    commands, choices = {}, {}
    words = subprocess.run([*RUNNER, connleak, "--man-part", "words"], check=True, capture_output=True, text=True).stdout
    for line in words.splitlines():
        kind, *fields = line.split("\t")
        if kind == "command":
            commands[fields[0]] = (fields[1], [])
        elif kind == "option":
            commands[fields[0]][1].append(tuple(fields[1:]))
        elif kind == "format":
            choices.setdefault("format", []).append(fields[0])
        elif kind == "value":
            choices.setdefault(fields[0], []).append(fields[1])
    return commands, choices


def values(option, argument, choices):
    """What follows an option: a list of words, "files", or None for anything."""
    return choices.get(option) or {"PATH": "files", "FILE": "files", "DIR": "files"}.get(argument)


def short(help_text):
    return help_text.split(";")[0].split(" (")[0].replace("'", "").replace("[", "(").replace("]", ")").replace(":", ",")


BASH = """\
# bash completion for connleak, made from its table of options.
_connleak()
{
	local cur prev words cword i command= options= valued=
	_init_completion -n = 2>/dev/null || {
		words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
		cur=${words[cword]} prev=${words[cword-1]}
	}
	COMPREPLY=()
	if [ "$cword" -eq 1 ]; then
		COMPREPLY=($(compgen -W '@COMMANDS@ --help --version' -- "$cur"))
		return
	fi
	command=${words[1]}
	case $command in
@OPTIONS@
	*) return ;;
	esac
	case $prev in
@VALUES@
	esac
	for ((i = 2; i < cword; i++)); do # the first word that is no option begins CMD
		case " $valued " in *" ${words[i]} "*) i=$((i + 1)); continue ;; esac
		case ${words[i]} in --) i=$((i + 1)); break ;; -*) continue ;; esac
		break
	done
	if [ "$i" -ge "$cword" ] && [[ $cur == -* ]] && [ "${words[cword-1]}" != -- ]; then
		COMPREPLY=($(compgen -W "$options" -- "$cur"))
	elif [ "$command" = run ] && [ "$i" -ge "$cword" ]; then
		COMPREPLY=($(compgen -c -- "$cur") $(compgen -f -- "$cur"))
	else
		compopt -o filenames 2>/dev/null
		COMPREPLY=($(compgen -f -- "$cur"))
		[ "$command" = run ] || COMPREPLY+=($(cd /proc && compgen -W "$(printf '%s ' [0-9]*)" -- "$cur"))
	fi
}
complete -F _connleak connleak
"""


def bash(commands, choices):
    options, cases, seen = [], [], set()
    for name, (_, rows) in commands.items():
        words = " ".join(f"--{r[0]}" + (f" -{r[1]}" if r[1] else "") for r in rows)
        valued = " ".join(f"--{r[0]}" + (f" -{r[1]}" if r[1] else "") for r in rows if r[2])
        options.append(f"\t{name}) options='{words}' valued='{valued}' ;;")
        for long, letter, argument, _ in rows:
            if not argument or long in seen:
                continue
            seen.add(long)
            pattern = f"--{long}" + (f"|-{letter}" if letter else "")
            what = values(long, argument, choices)
            if what == "files":
                reply = 'compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur"))'
            else:
                reply = f"COMPREPLY=($(compgen -W '{' '.join(what)}' -- \"$cur\"))" if what else ":"
            cases.append(f"\t{pattern}) {reply}; return ;;")
    return BASH.replace("@COMMANDS@", " ".join(commands)).replace("@OPTIONS@", "\n".join(options)) \
               .replace("@VALUES@", "\n".join(cases))


def zsh(commands, choices):
    lines = ["#compdef connleak", "# zsh completion for connleak, made from its table of options.", "",
             "_connleak() {", "\tlocal -a commands", "\tcommands=("]
    lines += [f"\t\t'{name}:{short(summary)}'" for name, (summary, _) in commands.items()]
    lines += ["\t)", "\tif (( CURRENT == 2 )); then", "\t\t_describe command commands",
              "\t\t_arguments '--help[help]' '--version[version]'", "\t\treturn", "\tfi",
              "\tlocal command=$words[2]", "\tshift words", "\t(( CURRENT-- ))", "\tcase $command in"]
    for name, (_, rows) in commands.items():
        lines.append(f"\t{name})")
        lines.append("\t\t_arguments -S -s : \\")
        for long, letter, argument, help_text in rows:
            what = values(long, argument, choices)
            action = "_files" if what == "files" else f"({' '.join(what)})" if what else " "
            tail = f"[{short(help_text)}]" + (f":{argument}:{action}" if argument else "")
            repeat = "*" if "more than once" in help_text else ""
            if letter:
                lines.append(f"\t\t\t{{-{letter},--{long}}}'{tail}' \\")
            else:
                lines.append(f"\t\t\t'{repeat}--{long}{tail}' \\")
        rest = "'*:::command:_normal'" if name == "run" else "'*:dump or pid:{ _pids; _files }'"
        lines += [f"\t\t\t{rest}", "\t\t;;"]
    return "\n".join(lines + ["\tesac", "}", "", '_connleak "$@"', ""])


def fish(commands, choices):
    names = " ".join(commands)
    lines = ["# fish completion for connleak, made from its table of options.",
             f"complete -c connleak -f -n 'not __fish_seen_subcommand_from {names}' -l help -d 'help'",
             f"complete -c connleak -f -n 'not __fish_seen_subcommand_from {names}' -l version -d 'version'"]
    for name, (summary, rows) in commands.items():
        lines.append(f"complete -c connleak -f -n 'not __fish_seen_subcommand_from {names}' -a {name} -d '{summary}'")
        for long, letter, argument, help_text in rows:
            what = values(long, argument, choices)
            line = f"complete -c connleak -n '__fish_seen_subcommand_from {name}' -l {long}"
            line += f" -s {letter}" if letter else ""
            line += "" if not argument else " -r" if what == "files" else f" -x -a '{' '.join(what)}'" if what else " -x"
            lines.append(f"{line} -d '{short(help_text)}'")
    lines += ["complete -c connleak -n '__fish_seen_subcommand_from run' -a '(__fish_complete_subcommand)'",
              "complete -c connleak -n '__fish_seen_subcommand_from report diff watch' -a '(__fish_complete_pids)'", ""]
    return "\n".join(lines)


def main(shell, connleak):
    sys.stdout.write({"bash": bash, "zsh": zsh, "fish": fish}[shell](*read(connleak)))


main(*sys.argv[1:])
