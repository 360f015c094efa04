#!/bin/sh
# Runs the programs of distributions where there is no Python: bare.sh FOLDER...
set -eu

for name in python python3; do
  if command -v "$name" >/dev/null; then
    echo "bare.sh: there is a $name here, so nothing is shown; use an image without" >&2
    exit 1
  fi
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo 'import os' >"$work/a.py"

for folder in "$@"; do
  (cd "$folder" && sha256sum -c SHA256SUMS >/dev/null)
  for program in "$folder"/ai-coder-*; do
    env -i "$program" --version
  done
  env -i "$folder/ai-coder-launcher" verify
  env -i "$folder/ai-coder-launcher" scanner --path "$work" --format json >"$work/report.json"
  grep -q '"language": "Python"' "$work/report.json"
done
