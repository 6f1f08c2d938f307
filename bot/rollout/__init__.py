"""How a release is rolled out, watched and taken back, without knowing who asked or where it is written down.

A strategy compiles to a `Plan`; a `Rollout` is a plan and how far it has come; `decide` looks at the facts and says what follows.
Everything is pure: the caller reads the world before and acts after. One look, as the environment's job does it:

    plan = compile_plan("canary", policy, environment, candidate=sha, baseline=last_good)      # Plan or NoPlan, the gates being open
    if isinstance(plan, NoPlan):
        return answer(plan.sentence)
    rollout = begin(plan, by="alice", generation=record.generation, now=now)

    # then at every wake, until `rollout.phase in TERMINAL`
    wanted_queries = queries(rollout)                       # what to count now: on both tracks, since rollout.settled_at
    move = decide(rollout, Facts(reports=…, readings=…, wanted=…, gates=…, checks=…, incidents=…, freeze=…), now)
    record.rollout, record.generation = move.rollout, move.rollout.generation      # commit first,
    for action in move.actions:                                                     # then act:
        match action:
            case StartShift(): ...                          # one Deployment, with step, attempt, generation, traffic, sha and target
            case CancelShift(): ...                         # withdraw it, or cancel its run
            case Finish(): ...                              # the root's last status, ledger, quarantine
    show(move.because); wake_at(move.wake_at); answer_each(move.answers)
    if move.needs_person: ...                               # it goes no further until somebody types what `because` says

    # and for the last finished one, while nothing newer moves: a driver that reported late may have moved traffic again
    move = reassert(rollout, facts, now)                    # Move or None

A plan has every way back in it; which one is taken follows from the shift that was asked for last (`Plan.way_back`). One that does not
`ship` ends in a report, and whoever carries out its `Finish` leaves what is live alone.

A step is a `Gate`, `Shift`, `Check` or `Bake`. Facts that are left out mean "not known": a `Check` waits for `Facts.checks`, a `Gate` for
`Facts.gates`; a check that never comes is a failed one at its deadline. Which file has what:

    model, facts, evidence     the values          strategies/    policy → Plan, STRATEGIES
    phases                     TRANSITIONS         machine        the order of the rules; signals, orders, moves, progress, back: the rules
    criteria                   sentence → Criterion, with vocabulary and tokens
    analysis                   queries and verdicts, with judge (one set of counts), events and statistics
    render, because            every sentence, as plain text
"""
