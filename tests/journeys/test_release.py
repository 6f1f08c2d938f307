"""A tag is pushed: its release says what it brought, and people's own words stay."""

from sandbox.github import releases
from sandbox.github.accounts import Actor
from tests.world import World


async def merged(world: World, title: str, author: str = "alice") -> int:
    name = title.partition(":")[2].strip().replace(" ", "_")
    pull = await world.open_green(title, author=author, changes={f"{name}.py": "x = 1\n"})
    await world.people.merge("bob", pull.number, "squash")
    await world.advance(10)
    return pull.number


async def test_notes_begin_with_what_breaks_and_name_everybody(world: World) -> None:
    await world.people.tag("bob", "v1.0.0", world.repo.branches["main"])
    cards = await merged(world, "feat: gift cards")
    rounding = await merged(world, "fix: rounding of prices", "bob")
    prices = await merged(world, "feat!: no more v1 prices")
    await world.people.commit("carol", {"README.md": "# The shop\n"}, "docs: say which shop")
    await world.people.tag("bob", "v2.0.0", world.repo.branches["main"])
    await world.advance(60)

    release = world.release("v2.0.0")
    assert release is not None
    assert (release.name, release.draft, release.prerelease) == ("v2.0.0", False, False)
    body = release.body or ""
    order = [
        "### Breaking changes",
        f"no more v1 prices (#{prices}) by alice",
        "### Features",
        f"gift cards (#{cards}) by alice",
        "### Fixes",
        f"rounding of prices (#{rounding}) by bob",
        "### Other commits",
        "docs: say which shop",
        "**Contributors:** alice, bob",
        f"({world.github.url}/harbour/shop/compare/v1.0.0...v2.0.0)",
    ]
    places = [body.find(part) for part in order]
    assert places == sorted(places), body
    assert -1 not in places, body


async def test_a_candidate_is_a_prerelease_and_what_is_no_version_is_no_release(world: World) -> None:
    await merged(world, "feat: gift cards")
    for tag in ("v1.0.0-rc.1", "nightly", "v1.0"):
        await world.people.tag("bob", tag, world.repo.branches["main"])
    await world.advance(60)
    assert [(it.tag_name, it.prerelease) for it in world.repo.releases.values()] == [("v1.0.0-rc.1", True)]


async def test_what_people_wrote_stays_above_the_notes(world: World) -> None:
    await merged(world, "feat: gift cards")
    await world.people.publish_release("bob", "v1.0.0", name="The gift release", body="Our biggest one yet!\n")
    await world.advance(60)
    release = world.release("v1.0.0")
    assert release is not None
    assert release.name == "The gift release"
    assert (release.body or "").startswith("Our biggest one yet!\n")
    assert "gift cards (#1) by alice" in (release.body or "")
    assert len(world.repo.releases) == 1


async def test_what_people_write_later_stays_when_the_notes_are_written_again(world: World) -> None:
    await merged(world, "feat: gift cards")
    await world.people.tag("bob", "v1.0.0", world.repo.branches["main"])
    await world.advance(60)
    release = world.release("v1.0.0")
    assert release is not None
    words = f"Thank you all!\n\n{release.body}\n\nSee you next week."
    releases.edit(world.github, world.repo, Actor(world.github.user("bob")), release, {"body": words})
    await world.advance(60)
    assert (release.body or "").startswith("Thank you all!")
    assert (release.body or "").endswith("See you next week.")
    assert (release.body or "").count("gift cards") == 1


async def test_what_is_not_released_yet_is_told_in_the_words_of_the_next_notes(world: World) -> None:
    cards = await merged(world, "feat: gift cards")
    asked = await world.say("dave", cards, "/changelog")
    assert world.reactions(asked) == ["eyes", "+1"]
    assert "On `main` and not released yet, and no version was released before:" in world.comment_text(cards)

    await world.people.tag("bob", "v1.0.0", world.repo.branches["main"])
    await world.people.tag("bob", "v1.1.0-rc.1", world.repo.branches["main"])
    await world.say("dave", cards, "/changelog")
    assert "Everything on `main` is released: nothing was merged since `v1.0.0`." in world.comment_text(cards)

    rounding = await merged(world, "fix: rounding of prices", "bob")
    await world.say("dave", rounding, "/changelog")
    said = world.comment_text(rounding)
    assert "On `main` and not released yet, since `v1.0.0`:" in said
    assert f"({world.github.url}/harbour/shop/compare/v1.0.0...main)" in said
    notes = said[said.index("since `v1.0.0`:") :]
    await world.people.tag("bob", "v1.1.0", world.repo.branches["main"])
    await world.advance(60)
    release = world.release("v1.1.0")
    assert release is not None
    (line,) = [line for line in (release.body or "").splitlines() if "rounding" in line]
    assert f"### Fixes\n{line}" in notes
    assert "gift cards" not in notes.partition("**All changes:**")[0]
