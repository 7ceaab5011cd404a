#!/bin/sh
# Make .venv-bench, which sees everything in .venv, and install the benchmark's peers there, each by itself: one that
# cannot be installed must not cost the others. Ends well in any case; the benchmark says which are missing.
# usage: create_bench_venv.sh VENV BENCH_VENV REQUIREMENTS
set -u
venv=$1 bench=$2 requirements=$3

scripts/create_venv.sh "$bench" || exit 0
seen=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
own=$("$bench/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
echo "$seen" > "$own/digitlab.pth"

missing=0
for peer in $(grep -Eo '^[a-z]+[^ #]*' "$requirements"); do
    "$bench/bin/python" -m pip install --quiet -c constraints.txt "$peer" || missing=1
done
[ "$missing" = 0 ] || echo "Not every peer could be installed; the benchmark says which are missing." >&2
