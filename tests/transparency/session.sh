# SPDX-License-Identifier: Apache-2.0
# An afternoon in a shell: what is loaded into every program of a session must not be noticed by any.
# "== name" begins a step; what it prints must be the same each time. Runs in an empty folder.
step() { echo "== $1"; command -v "${2:-true}" >/dev/null || { echo "no $2"; return 1; }; }

step coreutils && seq 1000 | sort -rn | uniq | wc -l
step descriptors && { ls /proc/self/fd; exec 3</dev/null; ls /proc/self/fd; exec 3<&-; }
step substitution && cat <(echo one) <(echo two) && echo "$(echo three | tr a-z A-Z)"
step coprocess && coproc cat && echo x >&"${COPROC[1]}" && read -r -u "${COPROC[0]}" line && echo "$line"
step timeout && { timeout 1 sleep 5; echo $?; }
step signals && { sh -c 'kill -TERM $$' 2>/dev/null; echo $?; }
step names && { getent passwd root; getent hosts localhost; getent ahosts 127.0.0.1; id -un; }
step awk awk && awk 'BEGIN { while (("echo a b" | getline l) > 0) print l }'
step perl perl && perl -e 'my $p = fork // die; $p or exit 3; wait; print $? >> 8, " ", `echo hi`, (getpwnam "root")[7], "\n"'
step python /usr/bin/python3 && /usr/bin/python3 -c 'import subprocess, pwd; print(subprocess.check_output("id -u", shell=True), pwd.getpwuid(0))'
step node node && node -e 'require("child_process").exec("echo n", (e, o) => process.stdout.write(o))'
step git git && {
	git init -q r && printf 'int main(void) { return 0; }\n' >r/a.c && printf 'all: a b\na b: a.c\n\tgcc -g -o $@ a.c\n' >r/Makefile
	git -C r add -A && git -C r -c user.name=x -c user.email=x@x commit -qm first && git clone -q "file://$PWD/r" s && git -C s log --format=%s
}
step make make && { make -s -j2 -C s; echo $?; s/a && s/b && echo built; }
step gdb gdb && gdb -q -batch -ex run s/a 2>&1 | grep -c 'exited normally'
step valgrind valgrind && { valgrind -q --error-exitcode=5 s/a; echo $?; }
step strace strace && { strace -o trace s/a; echo $?; rm trace; }
step ssh-keygen ssh-keygen && ssh-keygen -q -t ed25519 -N '' -f key && ls key key.pub
step tar tar && tar cf - s/a.c s/Makefile | gzip | tar tzf -
step apt apt-get && apt-get -s -o Debug::NoLocking=1 install hello 2>&1 | head -3
rm -rf r s key key.pub
