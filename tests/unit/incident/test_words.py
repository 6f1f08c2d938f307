"""Whatever people and alerts write: what is said of an incident pings nobody, commands nothing and hides nothing."""

from dataclasses import replace

from hypothesis import given
from msgspec.structs import replace as replaced

from bot.decision import Actor
from bot.gates import Incident
from bot.gates.incidents import render_open
from bot.incident.model import Found
from tests.unit.builders import HEAD, NOW, deployed
from tests.unit.environment.stage import Stage as Environment
from tests.unit.incident.stage import Stage
from tests.unit.test_own_words import OFTEN, WORD, harmless


@OFTEN
@given(WORD)
def test_what_is_said_where_it_is_about(word: str) -> None:
    stage, by = Stage(), Actor(9, word)
    assert stage.thread is not None
    stage.thread = replace(stage.thread, title=word, body=word, url=word, author=word, trusted=True)
    stage.causes = {word: Found((HEAD,), 12), "bad": Found(error="GitHub knows no commit here.")}
    stage.deployed = (deployed(environment=word, sha=HEAD),)
    for said in (
        stage.typed(by=by, severity=1, cause=word, remark=word),
        stage.typed(by=by, severity=2, typed=word, number=51),  # elsewhere: the answer names it by its title
        stage.typed(by=by, cause="bad"),
        stage.typed(by=by, over=True),
        stage.typed(by=by, over=True),
    ):
        stage.look(said)
        for text in (stage.said, stage.answer):
            harmless(text)


@OFTEN
@given(WORD)
def test_what_is_said_to_everybody_else(word: str) -> None:
    incidents = tuple(
        Incident("50", word, 1, NOW, where=where, url=word, cause=cause, shas=(HEAD,) if cause else (), caused_at=NOW)
        for where, cause in (("", ""), (word, word), ("", "none"))
    )
    harmless(render_open(incidents))
    environment = Environment().start().advance(25)
    environment.incidents = tuple(
        replaced(it, opened_at=environment.now, caused_at=environment.now, where="") for it in incidents
    )
    environment.look(after=1)
    harmless(environment.told)
