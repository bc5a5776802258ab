"""Draws the state diagram of an opening from the rules' own table (Mermaid).

python -m bidroom.opening.diagram    prints it, for docs/opening.md; a test holds the two together
"""

from __future__ import annotations

from bidroom.envelope import Role
from bidroom.opening.record import Phase
from bidroom.opening.table import ALLOWED

MARKS = {
    Role.AGENT: "host",
    Role.BIDDER: "bidder",
    Role.HALL: "hall",
    Role.SUPERVISOR: "supervisor",
    Role.NOTARY: "notary",
}


def diagram() -> str:
    """The diagram's text: one arrow for each phase, command and phase it may lead to."""
    arrows = ["stateDiagram-v2", f"    [*] --> {Phase.SCHEDULED}: Schedule (host)"]
    for phase in Phase:
        for kind, row in ALLOWED.items():
            if phase not in row.phases:
                continue
            who = "/".join(MARKS[role] for role in sorted(row.roles))
            clock = " ⏱" if Role.HALL in row.roles else ""
            for target in (target for target in Phase if target in row.leads_to):
                if target is not phase:
                    arrows.append(f"    {phase} --> {target}: {kind.__name__} ({who}){clock}")
    ends = [Phase.CONTRACTED, Phase.NOT_OPENED, Phase.TERMINATED]
    return "\n".join([*arrows, *(f"    {phase} --> [*]" for phase in ends)]) + "\n"


if __name__ == "__main__":
    print(diagram(), end="")
