"""Who may ask for what, and when: the rules begin with this table, the diagram is its drawing."""

from __future__ import annotations

from typing import Final, NamedTuple

from bidroom.envelope import Actor, Role
from bidroom.opening import commands as c
from bidroom.opening.commands import Command, Reason, require
from bidroom.opening.record import Phase
from bidroom.opening.state import Opening


class Row(NamedTuple):
    """Who may ask for a command, when, and which phases it may lead to."""

    roles: frozenset[Role]
    phases: frozenset[Phase]
    leads_to: frozenset[Phase] = frozenset()


AGENT: Final = frozenset({Role.AGENT})
BIDDER: Final = frozenset({Role.BIDDER})
HALL: Final = frozenset({Role.HALL})
STEP: Final = AGENT | HALL  # the host's to take, and the hall's once the host was silent too long


def _in(*phases: Phase) -> frozenset[Phase]:
    return frozenset(phases)


P = Phase
CONTRIBUTOR: Final = frozenset({Role.SUPERVISOR, Role.NOTARY})
FROM_ROSTER: Final = _in(P.ROSTER, P.DRAW, P.DECRYPTION, P.SETTLED, P.READ_OUT, P.CONFIRMATION)
OPENED: Final = FROM_ROSTER - _in(P.ROSTER) | _in(
    P.OBJECTIONS, P.SIGNING, P.CLOSED, P.CANDIDATES, P.AWARDED, P.CONTRACTED
)

# Who may ask for what, and when. docs/opening.md draws its state diagram from this table.
ALLOWED: Final[dict[type[Command], Row]] = {
    c.Schedule: Row(AGENT, _in(), _in(P.SCHEDULED)),
    c.Postpone: Row(AGENT, _in(P.SCHEDULED, P.LOBBY), _in(P.SCHEDULED)),
    c.OpenLobby: Row(HALL, _in(P.SCHEDULED), _in(P.LOBBY)),
    c.SealTenders: Row(HALL, _in(P.LOBBY), _in(P.SEALED, P.NOT_OPENED)),
    c.PublishRoster: Row(STEP, _in(P.SEALED), _in(P.ROSTER)),
    c.BeginDraw: Row(STEP, _in(P.ROSTER, P.READ_OUT), _in(P.DRAW)),
    c.RevealShare: Row(CONTRIBUTOR, _in(P.DRAW), _in(P.DRAW)),
    c.ReleasePart: Row(CONTRIBUTOR, _in(P.DRAW), _in(P.DRAW)),
    c.CloseDraw: Row(HALL, _in(P.DRAW), _in(P.DRAW)),
    c.EnterManualDraw: Row(AGENT, _in(P.DRAW)),
    c.CosignManualDraw: Row(frozenset({Role.NOTARY}), _in(P.DRAW), _in(P.DRAW)),
    c.BeginDecryption: Row(STEP, _in(P.ROSTER, P.DRAW), _in(P.DECRYPTION)),
    c.DecryptTender: Row(BIDDER, _in(P.DECRYPTION), _in(P.DECRYPTION, P.SETTLED)),
    c.NoteRefusedKey: Row(BIDDER, _in(P.DECRYPTION)),
    c.ExtendWindow: Row(AGENT, _in(P.DECRYPTION), _in(P.DECRYPTION)),
    c.CloseWindow: Row(HALL, _in(P.DECRYPTION), _in(P.SETTLED)),
    c.NoteBody: Row(HALL, OPENED),
    c.NoteUnreadableBody: Row(HALL, OPENED),
    c.ReadOutOffers: Row(STEP, _in(P.SETTLED), _in(P.READ_OUT)),
    c.BeginConfirmation: Row(STEP, _in(P.READ_OUT, P.DRAW), _in(P.CONFIRMATION)),
    c.Confirm: Row(BIDDER, _in(P.CONFIRMATION), _in(P.CONFIRMATION, P.OBJECTIONS, P.SIGNING)),
    c.EndConfirmation: Row(HALL, _in(P.CONFIRMATION), _in(P.OBJECTIONS, P.SIGNING)),
    c.RaiseObjection: Row(BIDDER, FROM_ROSTER),
    c.AnswerObjection: Row(AGENT, FROM_ROSTER | {P.OBJECTIONS}, _in(P.SIGNING)),
    c.PassHost: Row(HALL, _in(P.OBJECTIONS, P.SIGNING)),
    c.SignRecord: Row(AGENT, _in(P.SIGNING)),
    c.Close: Row(AGENT, _in(P.SIGNING), _in(P.CLOSED)),
    c.Terminate: Row(
        AGENT,
        _in(P.SCHEDULED, P.LOBBY, P.SEALED, P.ROSTER, P.DRAW, P.DECRYPTION, P.SETTLED),
        _in(P.TERMINATED),
    ),
    c.NameCandidates: Row(AGENT, _in(P.CLOSED), _in(P.CANDIDATES)),
    c.MakeAward: Row(AGENT, _in(P.CANDIDATES), _in(P.AWARDED)),
    c.RecordContract: Row(AGENT, _in(P.AWARDED), _in(P.CONTRACTED)),
}

# What the hall does by itself when a step is due.
BY_ITSELF: Final[dict[Phase, type[Command]]] = {
    P.SCHEDULED: c.OpenLobby,
    P.LOBBY: c.SealTenders,
    P.SEALED: c.PublishRoster,
    P.ROSTER: c.BeginDecryption,
    P.DRAW: c.CloseDraw,
    P.DECRYPTION: c.CloseWindow,
    P.SETTLED: c.ReadOutOffers,
    P.READ_OUT: c.BeginConfirmation,
    P.CONFIRMATION: c.EndConfirmation,
    P.OBJECTIONS: c.PassHost,
    P.SIGNING: c.PassHost,
}

BEFORE_WINDOW: Final = _in(P.SCHEDULED, P.LOBBY, P.SEALED, P.ROSTER, P.DRAW)


def allow(opening: Opening, kind: type[Command], by: Actor) -> None:
    """Refuse what `by` may not ask for now. Cheap, so it goes before any work on a command."""
    row = ALLOWED[kind]
    require(by.role in row.roles, Reason.NOT_YOUR_PART)
    if by.role is Role.AGENT and kind is not c.SignRecord:
        require(by.id in opening.acting_hosts, Reason.NOT_YOUR_PART)
    if kind is c.DecryptTender or kind is c.NoteRefusedKey:
        require(opening.phase not in BEFORE_WINDOW, Reason.WINDOW_NOT_OPEN)
        require(opening.phase in row.phases, Reason.WINDOW_OVER)
    require(opening.phase in row.phases, Reason.NOT_NOW)
