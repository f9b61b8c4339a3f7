"""Who made this picture? Ask any file: who signed it, what was done to it, whose paintings took part, what came before.

python examples/who_made_this.py out.mp4 picture.png
"""

import sys

from mutoscope.engine.histories import verify


def main(*files):
    worst = 0
    for file in files:
        verdict = verify(file)
        print(*verdict.lines(), sep="\n")
        for number, before in enumerate(reversed(verdict.before), 1):
            print(f"  {number} before: {before.name}, {before.state}, signed by {before.signer or 'nobody'}")
        worst = max(worst, verdict.exit_code)
    return worst


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
