"""The table of who may ask for what and when, written down a second time, as the law reads.

Row by row it was compared with docs/opening.md by hand; here it keeps the code to it.
"""

from __future__ import annotations

from bidroom.envelope import Actor, PersonId, Role
from bidroom.opening.table import ALLOWED, BY_ITSELF

OPENED = (
    "awarded candidates closed confirmation contracted"
    " decryption draw objections read_out settled signing"
)
# fmt: off
TABLE = [
    ("Schedule", "agent", "", "scheduled"),
    ("Postpone", "agent", "lobby scheduled", "scheduled"),
    ("OpenLobby", "hall", "scheduled", "lobby"),
    ("SealTenders", "hall", "lobby", "not_opened sealed"),
    ("PublishRoster", "agent hall", "sealed", "roster"),
    ("BeginDraw", "agent hall", "read_out roster", "draw"),
    ("RevealShare", "notary supervisor", "draw", "draw"),
    ("ReleasePart", "notary supervisor", "draw", "draw"),
    ("CloseDraw", "hall", "draw", "draw"),
    ("EnterManualDraw", "agent", "draw", ""),
    ("CosignManualDraw", "notary", "draw", "draw"),
    ("BeginDecryption", "agent hall", "draw roster", "decryption"),
    ("DecryptTender", "bidder", "decryption", "decryption settled"),
    ("NoteRefusedKey", "bidder", "decryption", ""),
    ("ExtendWindow", "agent", "decryption", "decryption"),
    ("CloseWindow", "hall", "decryption", "settled"),
    ("NoteBody", "hall", OPENED, ""),
    ("NoteUnreadableBody", "hall", OPENED, ""),
    ("ReadOutOffers", "agent hall", "settled", "read_out"),
    ("BeginConfirmation", "agent hall", "draw read_out", "confirmation"),
    ("Confirm", "bidder", "confirmation", "confirmation objections signing"),
    ("EndConfirmation", "hall", "confirmation", "objections signing"),
    ("RaiseObjection", "bidder", "confirmation decryption draw read_out roster settled", ""),
    ("AnswerObjection", "agent",
     "confirmation decryption draw objections read_out roster settled", "signing"),
    ("PassHost", "hall", "objections signing", ""),
    ("SignRecord", "agent", "signing", ""),
    ("Close", "agent", "signing", "closed"),
    ("Terminate", "agent", "decryption draw lobby roster scheduled sealed settled", "terminated"),
    ("NameCandidates", "agent", "closed", "candidates"),
    ("MakeAward", "agent", "candidates", "awarded"),
    ("RecordContract", "agent", "awarded", "contracted"),
]
# fmt: on


def test_the_table_is_what_was_agreed() -> None:
    written = [
        (kind.__name__, *(" ".join(sorted(part)) for part in row)) for kind, row in ALLOWED.items()
    ]
    assert written == TABLE


def test_the_hall_acts_by_itself_in_every_phase_that_has_a_clock() -> None:
    assert {phase.value: kind.__name__ for phase, kind in BY_ITSELF.items()} == {
        "scheduled": "OpenLobby",
        "lobby": "SealTenders",
        "sealed": "PublishRoster",
        "roster": "BeginDecryption",
        "draw": "CloseDraw",
        "decryption": "CloseWindow",
        "settled": "ReadOutOffers",
        "read_out": "BeginConfirmation",
        "confirmation": "EndConfirmation",
        "objections": "PassHost",
        "signing": "PassHost",
    }


def test_the_public_may_ask_for_nothing() -> None:
    nobody = Actor(Role.PUBLIC, PersonId("public"))
    assert [kind for kind, row in ALLOWED.items() if nobody.role in row.roles] == []
