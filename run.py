"""Start a component: ``python run.py COMPONENT [ARGS...]``, from source or the frozen programs."""

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
SOURCE = ROOT / "src" / "python"
LAUNCHER = ROOT / ("ai-coder-launcher" + (".exe" if os.name == "nt" else ""))


def run(argv):
    """Run the launcher on *argv* and return its exit status."""
    if (SOURCE / "ai_coder" / "launcher").is_dir():
        if sys.version_info < (3, 11):
            sys.exit("run.py: running from source needs Python 3.11 or newer")
        sys.path.insert(0, str(SOURCE))
        from ai_coder.launcher.main import main

        return main(argv)
    if not LAUNCHER.exists():
        print(f"run.py: there is neither {SOURCE} nor {LAUNCHER}; reinstall", file=sys.stderr)
        return 127
    command = [str(LAUNCHER), *argv]
    try:
        if os.name == "nt":
            return subprocess.call(command)
        # Python ignores this signal; the launcher must not.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.execv(command[0], command)
    except OSError as error:
        print(f"run.py: {LAUNCHER} cannot be started: {error.strerror}", file=sys.stderr)
        return 126


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
