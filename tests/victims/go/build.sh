#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build.sh OUTPUT SOURCE [OPTION...]: go build of one file, outside of any module, with a cache that is there.
output=$1 source=$2
shift 2
export GO111MODULE=off GOFLAGS= CGO_ENABLED="${CGO_ENABLED:-1}"
[ -n "${HOME-}" ] || export GOCACHE="${TMPDIR:-/tmp}/connleak-go-cache"
exec go build "$@" -o "$output" "$source"
