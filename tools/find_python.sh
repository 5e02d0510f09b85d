#!/bin/sh
# Print the first Python that is new enough. PYTHON=/path/to/python overrides. Each is tried: a name in PATH may be
# a shim that runs nothing.
for candidate in ${PYTHON:+"$PYTHON"} python3 python3.11 python3.12 python3.13 python3.14 python; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        command -v "$candidate"
        exit 0
    fi
done
echo "No Python 3.11 or newer was found (tried python3, python3.11 to python3.14). Install one, or say where it is:" >&2
echo "  make run PYTHON=/path/to/python3" >&2
exit 1
