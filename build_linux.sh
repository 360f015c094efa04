#!/bin/sh
# Build all programs without Pants: ./build_linux.sh [options of build_all.py]
# Where there is Pants, it writes the plan anew; else the plan in dist/freeze-plan, or the one that
# --plan names, is built as it is. FREEZE_PYTHON names the Python; by default it is one of 3.11.
set -eu
cd "$(dirname "$0")"
case " $* " in
*" --plan"* | *" --help "* | *" -h "*) ;;
*) if [ -x ./pants ] && [ -z "${FREEZE_NO_PANTS:-}" ]; then ./pants freeze-plan ::; fi ;;
esac
for python in "${FREEZE_PYTHON:-python3.11}" python3; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
        exec "$python" build_all.py "$@"
    fi
done
echo "error: there is no python3.11; install it, or name a Python by FREEZE_PYTHON" >&2
exit 13
