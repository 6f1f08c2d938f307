"""The grammar as a table: what is a command, what is a mistake, what is somebody else's, and what is only prose.

Long because it is tables of cases, which one wants to read as one grammar.
"""

import pytest

from bot.commands.parse import MOST, Command, DidYouMean, ParseError, parse
from bot.commands.verbs import OTHER_BOTS, VERBS, distance, nearest


def only(body: str, prefix: str = "/") -> Command:
    (found,) = parse(body, prefix)
    assert isinstance(found, Command)
    return found


def error(body: str, prefix: str = "/") -> ParseError:
    (found,) = parse(body, prefix)
    assert isinstance(found, ParseError)
    return found


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_stands_alone(verb: str) -> None:
    assert only(f"/{verb}") == Command(verb, text=f"/{verb}")


@pytest.mark.parametrize(
    "body",
    [
        "/deployment prod",
        "/deploy-two to prod",
        "/deploy_two",
        "/deploy/staging",
        "/deploy: staging",
        "/deploy.",
        "I want to /deploy staging",
        "please /deploy",
        "    /deploy staging",
        "\t/deploy staging",
        "x\n    /deploy staging",
        "//deploy staging",
        "/ deploy staging",
        "\\/deploy staging",
        "&#47;deploy staging",
        "\u00a0/deploy staging",
        "\u200b/deploy staging",
        "\ufffc/deploy staging",
        "* /deploy staging",
        "- /deploy staging",
        "1. /deploy staging",
        "# /deploy staging",
        "**/deploy staging**",
        "> /halt",
        "> quoted\n/halt",
        ">> /halt\n> /halt",
        "> [!NOTE]\n> /halt",
        "```\n/halt\n```",
        "```sh\n/halt",
        "~~~\n/halt\n```\n/halt\n~~~",
        "- a\n\n  ```\n  /halt\n  ```",
        "`/halt`",
        "Don't do `x\n/halt\n`!",
        "``a ` \n/halt\n``",
        "[/deploy](staging)",
        "[me](\n/deploy\n)",
        '[me](x "\n/deploy\n")',
        "![\n/deploy\n](x)",
        "[me]\n\n[me]:\n/deploy",
        "[\n/deploy\n]\n\n[/deploy]: x",
        "<!-- /halt -->",
        "<!--\n/halt\n\n/halt\n-->",
        "<!-- never closed\n\n/halt",
        "text <!--\n/halt\n--> text",
        '<span title="\n/halt\n">text</span>',
        'text <span title="\n/halt\n">text</span>',
        "<details>\n/halt\n</details>",
        "<details><summary>\n/halt",
        "<script>\n\n/halt\n\n</script>",
        "<pre>\n\n/halt\n</pre>",
        "<?\n/halt\n?>",
        "<![CDATA[\n\n/halt\n]]>",
        "| a |\n|---|\n| b |\n/halt",
        "Seen[^1]\n\n[^1]: note\n/halt",
        "/lgtm",
        "/lgtm cancel",
        "/lgtm Thanks!",
        "/lgtm \r",
        "/holding",
        "/hold\ncancel",
        "/remove -    hold",
        "/removehold",
        "/retitlefoo",
        "/retitle\nfoo",
        '/override "test / Unit Tests"',
        "Don't do `/halt`!",
        "@mergifyio rebase foobar\nsecond",
        "@mergifyiorebase",
        "+r",
        "/hold for further review",
        "/retest",
        "/ok-to-test",
        "/where",
        "/foo bar",
        "/etc/hosts",
        "/usr/bin/env",
        "/",
        "",
        "\n\r\n",
        "/DEPLOYMENT",
        "@bors try",
        ".deploy staging",
        "bors: r+",
    ],
)
def test_not_for_us(body: str) -> None:
    assert parse(body) == ()


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (" /halt", 1),
        ("   /halt", 1),
        ("/halt ", 1),
        ("/halt\t", 1),
        ("/halt\r", 1),
        ("/halt \r\nthanks", 1),
        ("Looks bad.\n/halt", 2),
        ("Looks bad.\r\r/halt", 3),
        ("/halt\n\nplease", 1),
        ("/halt\n---", 1),
        ("/halt\n===", 1),
        ("/halt\n# why", 1),
        ("> quoted\n\n/halt", 3),
        ("```\ncode\n```\n/halt", 4),
        ("<!-- note -->\n/halt", 2),
        ("<details>\n\n/halt\n\n</details>", 3),
        ("text `code`\n/halt", 2),
        ("an unbalanced ` here\n/halt", 2),
        ("[not a link]\n/halt", 2),
        ("- item\n/halt", 2),
        ("1. item\n\n   /halt", 3),
        ("a < b\n/halt\nc > d", 2),
        ("*one\n/halt\ntwo*", 2),
        ("Über\u2028uns\n/halt", 2),
        ("\x0b\n/halt", 2),
        ("\u3000\n/halt", 2),
    ],
)
def test_a_line_of_its_own(body: str, line: int) -> None:
    found = only(body)
    assert (found.verb, found.args, found.rest, found.line) == ("halt", (), "", line)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("/deploy", Command("deploy")),
        ("/deploy canary", Command("deploy", ("canary",))),
        ("/deploy\tcanary \t staging", Command("deploy", ("canary", "staging"))),
        ("/deploy\nstaging", Command("deploy")),
        ("/deploy staging\n\nplease", Command("deploy", ("staging",))),
        ("/deploy @1A2B3C4", Command("deploy", pin="1a2b3c4")),
        ("/deploy @" + "a" * 39, Command("deploy", pin="a" * 39)),
        (
            "/deploy canary @" + "b" * 40 + " --when-green",
            Command("deploy", ("canary",), pin="b" * 40, flags=frozenset({"when-green"})),
        ),
        ("/deploy staging @1a2b3c4 @1A2B3C4", Command("deploy", ("staging",), pin="1a2b3c4")),
        (
            '/deploy staging cpu=2 env.A="b c" url=https://x/?q=1',
            Command("deploy", ("staging",), {"cpu": "2", "env.A": "b c", "url": "https://x/?q=1"}),
        ),
        ("/deploy canary staging cpu=2", Command("deploy", ("canary", "staging"), {"cpu": "2"})),
        ("/deploy staging glob=*a* path=\\*", Command("deploy", ("staging",), {"glob": "*a*", "path": "\\*"})),
        ("/deploy enabled=true", Command("deploy", (), {"enabled": "true"})),
        ("/deploy čaujaksemáš", Command("deploy", ("čaujaksemáš",))),
        (
            '/deploy canary production --break-glass "db is down"',
            Command("deploy", ("canary", "production"), flags=frozenset({"break-glass"}), rest="db is down"),
        ),
        (
            "/deploy production --break-glass db is down",
            Command("deploy", ("production", "db"), flags=frozenset({"break-glass"}), rest="is down"),
        ),
        ("/plan canary staging", Command("plan", ("canary", "staging"))),
        ("/promote --all", Command("promote", flags=frozenset({"all"}))),
        (
            "/promote --all production looks good",
            Command("promote", ("production",), flags=frozenset({"all"}), rest="looks good"),
        ),
        ('/promote production "looks good --all"', Command("promote", ("production",), rest="looks good --all")),
        ('/halt production error rate 5" over', Command("halt", ("production",), rest='error rate 5" over')),
        ("/halt it doesn't work, 'tis broken", Command("halt", ("it",), rest="doesn't work, 'tis broken")),
        ("/halt 'tis broken", Command("halt", ("'tis",), rest="broken")),
        ("/halt production p99=700ms and p99=800ms", Command("halt", ("production",), rest="p99=700ms and p99=800ms")),
        ("/halt production see [the graph](https://x) `now`", Command("halt", ("production",), rest="see … …")),
        ("/halt [the graph](https://x) is red", Command("halt", rest="… is red")),
        ("/halt production see https://x/y?a=b&c", Command("halt", ("production",), rest="see https://x/y?a=b&c")),
        ("/halt production \u202egnp.exe\x07 \u200bnow", Command("halt", ("production",), rest="gnp.exe now")),
        ("/halt production 👩‍💻 broke it", Command("halt", ("production",), rest="👩‍💻 broke it")),
        ("/halt 👩‍💻 broke it", Command("halt", ("👩‍💻",), rest="broke it")),
        (
            "/lock  production   2h  reason a b - - 92*91|",
            Command("lock", ("production", "2h"), rest="reason a b - - 92*91|"),
        ),
        ('/lock production "db migration"', Command("lock", ("production", "db migration"))),
        (
            "/lock production db move, see --global notes",
            Command("lock", ("production", "db"), rest="move, see --global notes"),
        ),
        ('/lock "my env" x', Command("lock", ("my env", "x"))),
        ('/lock "a\\"b" "c\\\\"', Command("lock", ('a"b', "c\\"))),
        ("/lock “my env” „x“", Command("lock", ("my env", "x"))),
        ("/lock 'my env' x", Command("lock", ("my env", "x"))),
        ('/lock "my"env x', Command("lock", ("myenv", "x"))),
        ("/rollback production to v1.2 too slow", Command("rollback", ("production", "to", "v1.2"), rest="too slow")),
        (
            "/rollback production @1a2b3c4 too slow now",
            Command("rollback", ("production", "too", "slow"), pin="1a2b3c4", rest="now"),
        ),
        (
            "/rollback production to v1 @alice says so",
            Command("rollback", ("production", "to", "v1"), rest="@alice says so"),
        ),
        (
            "/unquarantine @1a2b3c4 production fixed upstream",
            Command("unquarantine", ("production", "fixed"), pin="1a2b3c4", rest="upstream"),
        ),
        ("/incident sev-1 caused-by #12", Command("incident", ("sev-1", "caused-by", "#12"))),
        ("/check All tests passing (unit, e2e)", Command("check", ("All",), rest="tests passing (unit, e2e)")),
        ("/skip item-1 not needed", Command("skip", ("item-1",), rest="not needed")),
        ("/skip-step production", Command("skip-step", ("production",))),
        ('/check "test / Unit Tests"', Command("check", ("test / Unit Tests",))),
        ("/unlock production oops", Command("unlock", ("production",), rest="oops")),
        ("/halt job\r\nobnoxious flake", Command("halt", ("job",))),
        ("/deploy main to dev", Command("deploy", ("main", "to"), rest="dev")),
        ("/deploy staging | a=1 | b", Command("deploy", ("staging", "|"), {"a": "1"}, rest="| b")),
        ("/deploy staging p=-1", Command("deploy", ("staging",), {"p": "-1"})),
        ("/flag new-cart 25%", Command("flag", ("new-cart", "25%"))),
        ("/dora 30d production", Command("dora", ("30d", "production"))),
        ("/hold cancel\n/status", Command("status")),
    ],
)
def test_the_line_behind_a_verb(body: str, expected: Command) -> None:
    found = only(body)
    assert found == Command(
        expected.verb,
        expected.args,
        expected.options,
        expected.flags,
        expected.pin,
        expected.rest,
        found.line,
        found.text,
    )


@pytest.mark.parametrize(
    ("body", "code", "line", "column"),
    [
        ('/deploy jobs="a b', "unclosed_quote", 1, 14),
        ('x\n /lock "production', "unclosed_quote", 2, 8),
        ("/lock “production", "unclosed_quote", 1, 7),
        ("/deploy p=1 p=2", "duplicate_option", 1, 13),
        ("/deploy p=", "empty_value", 1, 9),
        ('/deploy p=""', "empty_value", 1, 9),
        ('/deploy p=" "', "empty_value", 1, 9),
        ("/deploy =x", "bad_option", 1, 9),
        ("/deploy 1a=x", "bad_option", 1, 9),
        ("/deploy č=x", "bad_option", 1, 9),
        ("/deploy " + "k" * 65 + "=x", "bad_option", 1, 9),
        ("/deploy --when-greenish", "unknown_flag", 1, 9),
        ("/deploy --when-green=true", "unknown_flag", 1, 9),
        ("/deploy --When-Green", "unknown_flag", 1, 9),
        ("/deploy —when-green", "unknown_flag", 1, 9),
        ("/lock --global production", "unknown_flag", 1, 7),
        ("/deploy @1a2b3c", "bad_pin", 1, 9),
        ("/deploy @" + "a" * 41, "bad_pin", 1, 9),
        ("/deploy @main", "bad_pin", 1, 9),
        ("/deploy canary production @alice", "bad_pin", 1, 27),
        ("/deploy @1a2b3c4 @1a2b3c5", "two_pins", 1, 18),
        ("/deploy `staging`", "hidden", 1, 9),
        ("/deploy [staging](x)", "hidden", 1, 9),
        ("/deploy staging <!-- not really -->", "hidden", 1, 17),
        ("/deploy p=`x`", "hidden", 1, 9),
        ("/plan `staging`", "hidden", 1, 7),
        ("/deploy stag\u200bing", "invisible_character", 1, 9),
        ("/deploy \u202egnigats", "invisible_character", 1, 9),
        ("/deploy stag\u200ding", "invisible_character", 1, 9),
        ("/deploy sta\x1bging", "invisible_character", 1, 9),
        ("/deploy canary\u00a0production", "invisible_character", 1, 9),
        ("/deploy a=b\u2066c", "invisible_character", 1, 9),
        ("/deploy a\u2028::error::x", "invisible_character", 1, 9),
        ("/deploy\u200b staging", "invisible_character", 1, 2),
        ("/deploy\u00a0staging", "invisible_character", 1, 2),
        ("/lock prod\u200buction reason", "invisible_character", 1, 7),
        ("/promote production fine --all", "misplaced", 1, 26),
        ("/deploy canary production now @1a2b3c4", "misplaced", 1, 31),
        ("/halt " + "x" * 2000, "too_long", 1, 2001),
    ],
)
def test_mistakes_have_a_place_and_a_cure(body: str, code: str, line: int, column: int) -> None:
    found = error(body)
    assert (found.code, found.line, found.column) == (code, line, column)
    for sentence in (found.message, found.hint):
        assert sentence[-1] in ".?"
        assert sentence.isprintable()
    assert found.verb in VERBS


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ("/deploy --when-grene", "Did you mean --when-green?"),
        ("/deploy --dry", "It knows --break-glass and --first and --when-green."),
        ("/deploy --when-green=yes", "A flag takes no value: type --when-green alone."),
        ("/deploy –-when-green", "Type --when-green."),
        ("/resume --now", "It takes no flags; put a reason that begins like one in quotes."),
        ("/deploy staging --dry-run", "/plan says what would happen, and starts nothing."),
        ("/deploy staging --noop", "/plan says what would happen, and starts nothing."),
        ("/lock production --reason moving house", "The reason needs no flag: it comes last."),
        ("/unlock production --reason oops", "The reason needs no flag: it comes last."),
        ("/deploy staging --enabled=true", "It knows --break-glass and --first and --when-green."),
    ],
)
def test_flags_are_explained(body: str, hint: str) -> None:
    assert error(body).hint == hint


@pytest.mark.parametrize(
    ("body", "suggestion"),
    [
        ("/deplyo prod", "deploy"),
        ("/deployx", "deploy"),
        ("/deploy1", "deploy"),
        ("/Deploy", "deploy"),
        ("/ROLLBACK production", "rollback"),
        ("/rolback production", "rollback"),
        ("/roll-back production", "rollback"),
        ("/promot", "promote"),
        ("/statsu", "status"),
        ("/plna", "plan"),
        ("/skipstep", "skip-step"),
    ],
)
def test_near_misses_get_one_hint(body: str, suggestion: str) -> None:
    verb = body.split()[0][1:]
    assert parse(f"{body}\n{body}") == (DidYouMean(verb, suggestion, 1),)


@pytest.mark.parametrize("verb", sorted(OTHER_BOTS))
def test_other_bots_keep_their_verbs(verb: str) -> None:
    assert parse(f"/{verb}\n/{verb} x") == ()


def test_no_verb_is_claimed_twice() -> None:
    assert not OTHER_BOTS & VERBS.keys()


@pytest.mark.parametrize(
    "word", ["block", "hello", "lot", "a", "explanation", "deadlock", "hold", "deploying", "old", "x" * 5000]
)
def test_words_that_are_not_near(word: str) -> None:
    assert nearest(word) is None


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [("", "", 0), ("", "ab", 2), ("deploy", "deplyo", 1), ("halt", "help", 2), ("ab", "ba", 1), ("abc", "ca", 3)],
)
def test_distance(one: str, other: str, apart: int) -> None:
    assert distance(one, other) == distance(other, one) == apart


def test_a_rest_that_nobody_sees_is_none() -> None:
    """White space that separates no words, as a form feed from a paste, is no reason either."""
    command = only("/release v1.1.0 \f")
    assert (command.args, command.rest) == (("v1.1.0",), "")


def test_several_run_in_the_order_of_their_lines() -> None:
    found = parse("/plan staging\ntext\n/deploy staging\n/plna\n/lock staging `x")
    assert [(type(each), each.line) for each in found] == [(Command, 1), (Command, 3), (DidYouMean, 4), (Command, 5)]


def test_a_mistake_stands_beside_good_lines() -> None:
    found = parse('/plan staging\n/lock "x\n/status')
    assert [type(each) for each in found] == [Command, ParseError, Command]


def test_five_at_most() -> None:
    assert len(parse("/status\n" * MOST)) == MOST
    assert [each.verb for each in parse("/status\n/stats\n" * MOST) if isinstance(each, Command)] == ["status"] * MOST
    refused = error("/status\n" * (MOST + 1))
    assert (refused.code, refused.line) == ("too_many", MOST + 1)
    assert error('/lock "\n' * (MOST + 2)).code == "too_many"


@pytest.mark.parametrize(
    "body",
    [
        "/lock production a\n/unlock production",
        "/unlock production\n/lock Production 2h again",
        "/freeze production x\n/thaw production",
        "/halt\n/promote",
        "/halt production\n/promote production",
        "/halt production errors\n/promote",
        "/abort\n/resume staging",
        "/rollback production\n/deploy canary",
        "/rollback production\n/deploy rolling production",
        "/deploy\n/halt staging",
        "/halt production\n/confirm abc",
        "/check a\n/uncheck a",
        "/check a\n/skip a no",
        "/uncheck a\n/skip a no",
        "/deploy canary\n/deploy rolling production",
        "/deploy staging @1a2b3c4\n/deploy staging",
        "/rollback production to v1\n/rollback production to v2",
        "/release minor\n/release major",
    ],
)
def test_contradictions_reject_every_command(body: str) -> None:
    found = error(body)
    assert (found.code, found.line) == ("contradiction", 2)
    assert "line 1" in found.message
    assert "line 2" in found.message
    with_more = parse(f'{body}\n/status\n/lock "x')
    assert [each.code for each in with_more if isinstance(each, ParseError)] == ["contradiction", "unclosed_quote"]
    assert len(with_more) == 2


@pytest.mark.parametrize(
    "body",
    [
        "/lock staging a\n/unlock production",
        "/halt production\n/deploy staging",
        "/halt production\n/deploy canary staging",
        "/halt production\n/promote staging",
        "/halt\n/rollback production",
        "/halt\n/halt",
        "/deploy canary\n/deploy staging",
        "/deploy canary\n/deploy  canary",
        "/check a\n/uncheck b",
        "/lock production x\n/deploy production",
        "/freeze production x\n/rollback production",
    ],
)
def test_what_may_stand_together(body: str) -> None:
    assert [type(each) for each in parse(body)] == [Command, Command]


def test_a_prefix_of_its_own() -> None:
    assert only("/deploy x\n /tagboat \t deploy canary\n/tagboatdeploy", "/tagboat ").args == ("canary",)
    assert error("/tagboat", "/tagboat ").code == "unknown_verb"
    assert error("/tagboat frobnicate it", "/tagboat ").column == 10
    assert parse("/tagboat deplyo", "/tagboat ") == (DidYouMean("deplyo", "deploy", 1),)
    assert only("/tagboat deploy a", "/tagboat ").columns == (17,)
    assert only("!halt\n/halt", "!").line == 1
    assert only("@tagboat halt", "@tagboat ").verb == "halt"


@pytest.mark.parametrize("prefix", ["", " ", "deploy ", "- ", "> ", "/ ", "//", "/x", "/X ", "/a  ", "`", "# "])
def test_prefixes_that_cannot_be(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        parse("/halt", prefix)
