"""How a release is rolled out, watched and taken back, without knowing who asked or where it is written down.

A strategy compiles to a `Plan`; a `Rollout` is a plan and how far it has come; `decide` looks at the facts and says what follows.
Everything is pure: the caller reads the world before and acts after. One look, as the environment's job does it:

    plan = compile_plan("canary", policy, "production", candidate=sha, baseline=last_good)   # Plan or NoPlan
    if isinstance(plan, NoPlan):
        return answer(plan.sentence)
    rollout = begin(plan, by="alice", generation=record.generation, now=now)

    # then at every wake, until `rollout.phase in TERMINAL`
    wanted_queries = queries(rollout)                       # what to read now: for both tracks, since rollout.settled_at
    move = decide(rollout, Facts(reports=…, readings=…, wanted=…, gates=…, checks=…, incidents=…), now)
    record.rollout, record.generation = move.rollout, move.rollout.generation      # commit first,
    for action in move.actions:                                                     # then act:
        match action:
            case StartShift(step, attempt, generation, traffic, sha, target): ...   # one Deployment
            case CancelShift(step, attempt): ...                                    # withdraw it, or cancel its run
            case Finish(outcome, because): ...                                      # root status, ledger, quarantine
    show(move.because); wake_at(move.wake_at); answer_each(move.answers)

    # and for the last finished one, while nothing newer moves: a driver that reported late may have moved traffic again
    move = reassert(rollout, facts, now)                    # Move or None

Signatures:

    strategies.compile_plan(strategy, policy, environment, *, candidate, baseline) -> Plan | NoPlan
    machine.begin(plan, *, by, generation, now) -> Rollout
    machine.decide(rollout, facts, now) -> Move
    machine.reassert(rollout, facts, now) -> Move | None
    criteria.parse(text) -> Criterion                       # raises CriterionError(message, position, fix)
    criteria.echo(criterion) -> str                         # "I will roll back when …"
    analysis.queries(rollout) -> tuple[Query, ...]
    analysis.evaluate(rollout, facts, now) -> tuple[tuple[Verdict, ...], tuple[Look, ...]]
"""
