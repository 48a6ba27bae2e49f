# SPDX-License-Identifier: Apache-2.0
"""exports.py LIBRARY [LIBC]: the recorder's exports against libc's: no twin forgotten, nothing exported that libc
has not."""
import re
import subprocess
import sys

# Names of TLS libraries, which may not be there.
TLS = re.compile(r"^(SSL_|BIO_|gnutls_)")
# Twins in libc that no program can call on a socket of ours, or that reach a wrapped name.
EXPLAINED = {
    "__open_2": "fortified open without a mode: opens files, never a socket",
    "__open64_2": "as __open_2",
    "__openat_2": "as __open_2",
    "__openat64_2": "as __open_2",
    "__libc_fork": "not a twin of ours",
}

# What nobody can wrap: the child of a vfork returns first, and its parent into a frame that is no more.
NEVER = {"vfork", "__vfork", "setjmp", "_setjmp", "__sigsetjmp", "getcontext"}


def exports(path):
    output = subprocess.run(["readelf", "-W", "--dyn-syms", path], check=True, capture_output=True, text=True)
    names = set()
    for line in output.stdout.splitlines():
        fields = line.split()
        if len(fields) >= 8 and fields[3] in ("FUNC", "IFUNC") and fields[6] != "UND" and fields[4] != "LOCAL":
            if not fields[7].endswith("@GLIBC_PRIVATE"):  # libc's own parts among themselves
                names.add(fields[7].split("@")[0])
    return names


def libc_of(library):
    """That of the library's own machine: where the dynamic linker finds it; or the one that is named."""
    if len(sys.argv) > 2:
        return sys.argv[2]
    listed = subprocess.run(["ldd", library], check=True, capture_output=True, text=True).stdout
    return re.search(r"libc\.so\.6 => (\S+)", listed)[1]


def twins(name):
    bare = name[2:] if name.startswith("__") else name
    bare = bare.removesuffix("_chk")
    if bare.endswith("64") and not bare.endswith("v2"):
        bare = bare[:-2]
    for stem in (bare, bare + "64"):
        yield from (stem, "__" + stem, f"__{stem}_chk", f"__{stem}_2", "__libc_" + stem)


def main():
    ours = exports(sys.argv[1])
    libc = exports(libc_of(sys.argv[1]))
    faults = [f"{name}: exported, and libc has no such function" for name in sorted(ours - libc)
              if not TLS.match(name)]
    faults += [f"{name}: cannot be wrapped" for name in sorted(ours & NEVER)]
    for name in sorted(ours & libc):
        for twin in twins(name):
            if twin in libc and twin not in ours and twin not in EXPLAINED:
                faults.append(f"{twin}: libc has this twin of {name}, and we do not")
    if len(ours) < 60:
        faults.append(f"only {len(ours)} exports: the library was built without its hooks")
    print("\n".join(faults))
    return 1 if faults else 0


sys.exit(main())
