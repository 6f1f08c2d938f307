"""Waking, taking and giving back: with time stepped by the test, against a real server."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import redis
from redis.exceptions import RedisError
from rq import Queue as RqQueue
from rq.job import Job
from rq.serializers import JSONSerializer

from bot.decision import Wake
from bot.queue import JOB, LEASE, QUEUE, SECOND_LOOK, Queue
from bot.queue import queue as module
from bot.subject import Subject, environment, pull

A, B = environment(1, "prod/eu east"), pull(1, 5)


class Jobs:
    """What rq sees: takes jobs as rq does."""

    def __init__(self, url: str) -> None:
        self.client = redis.Redis.from_url(url)
        self.rq = RqQueue(QUEUE, connection=self.client, serializer=JSONSerializer)

    def take(self) -> list[str]:
        """The subjects of all queued jobs, in order, taken."""
        taken: list[str] = []
        while popped := RqQueue.dequeue_any([self.rq], None, connection=self.client, serializer=JSONSerializer):
            taken += popped[0].args
        return taken


@pytest.fixture
async def jobs(queue: Queue, redis_url: str) -> AsyncIterator[Jobs]:
    found = Jobs(redis_url)
    yield found
    found.client.close()


async def test_a_wake_is_one_job_that_rq_understands(queue: Queue, jobs: Jobs) -> None:
    await queue.wake([Wake(A)], 1000.0)
    [job] = jobs.rq.jobs
    assert (job.func_name, job.args, job.kwargs) == (JOB, [A.text], {})
    assert (job.get_status(), job.timeout, job.result_ttl, job.origin) == ("queued", 60, 0, QUEUE)
    assert job.failure_ttl == 7 * 24 * 3600
    assert job.should_retry
    assert job.description == A.text
    assert job.enqueued_at is not None
    assert job.enqueued_at.timestamp() == 1000.0
    assert RqQueue.all(connection=jobs.client) == [jobs.rq]


async def test_many_events_are_one_job(queue: Queue, jobs: Jobs) -> None:
    for _ in range(100):
        await queue.wake([Wake(A), Wake(B)], 1000.0)
    assert jobs.take() == [A.text, B.text]


async def test_what_is_sent_at_once_is_as_good_as_one_by_one(queue: Queue, jobs: Jobs) -> None:
    await asyncio.gather(*(queue.wake([Wake(pull(1, number))], 1000.0) for number in range(1200)))
    assert sorted(jobs.take()) == sorted(pull(1, number).text for number in range(1200))


async def test_only_one_holds_a_subject(queue: Queue) -> None:
    await queue.wake([Wake(A)], 1000.0)
    assert await queue.begin(A, 1000.0) is not None
    assert await queue.begin(A, 1001.0) is None


async def test_nothing_is_begun_that_nobody_wants(queue: Queue) -> None:
    assert await queue.begin(A, 1000.0) is None
    await queue.wake([Wake(A)], 1000.0)
    turn = await queue.begin(A, 1000.0)
    assert turn is not None
    await queue.end(A, turn, 1001.0)
    assert await queue.begin(A, 1002.0) is None, "a second job for the same wakes has nothing to do"


async def test_a_wake_during_a_look_is_another_look(queue: Queue, jobs: Jobs) -> None:
    await queue.wake([Wake(A)], 1000.0)
    assert jobs.take() == [A.text]
    turn = await queue.begin(A, 1000.0)
    assert turn is not None
    await queue.wake([Wake(A)], 1001.0)
    assert jobs.take() == [], "not while it is being looked at"
    await queue.end(A, turn, 1002.0)
    assert jobs.take() == [A.text]
    again = await queue.begin(A, 1003.0)
    assert again is not None
    assert again.sequence == turn.sequence + 1
    await queue.end(A, again, 1004.0)
    assert jobs.take() == []


async def test_only_its_own_token_gives_a_lock_back(queue: Queue, jobs: Jobs) -> None:
    await queue.wake([Wake(A)], 1000.0)
    mine = await queue.begin(A, 1000.0)
    assert mine is not None
    await queue.end(A, mine._replace(token="somebody else"), 1001.0)
    assert await queue.begin(A, 1001.0) is None
    assert await queue.renew(A, mine, 1002.0)


async def test_begin_gives_its_own_token_the_same_answer_again(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """redis-py sends a command again when its answer was lost; the first one had taken the lock."""
    monkeypatch.setattr(Queue, "_unique", lambda _: "always-the-same")
    await queue.wake([Wake(A)], 1000.0)
    assert await queue.begin(A, 1000.0) == await queue.begin(A, 1000.0) is not None


async def test_urgent_goes_first(queue: Queue, jobs: Jobs) -> None:
    await queue.wake([Wake(B)], 1000.0)
    await queue.wake([Wake(A, urgent=True)], 1000.0)
    assert jobs.take() == [A.text, B.text]


async def test_urgent_overtakes_its_own_waiting_job(queue: Queue, jobs: Jobs) -> None:
    await queue.wake([Wake(B), Wake(A)], 1000.0)
    await queue.wake([Wake(A, urgent=True)], 1000.0)
    assert jobs.take() == [A.text, B.text, A.text]


async def test_urgent_during_a_look_goes_first_afterwards(queue: Queue, jobs: Jobs) -> None:
    await queue.wake([Wake(A)], 1000.0)
    jobs.take()
    turn = await queue.begin(A, 1000.0)
    assert turn is not None
    await queue.wake([Wake(A, urgent=True)], 1001.0)
    await queue.wake([Wake(B)], 1001.0)
    await queue.end(A, turn, 1002.0)
    assert jobs.take() == [A.text, B.text]


async def test_a_webhook_is_looked_at_twice(queue: Queue, jobs: Jobs) -> None:
    await queue.wake([Wake(A)], 1000.0, look_again=True)
    jobs.take()
    turn = await queue.begin(A, 1000.0)
    assert turn is not None
    await queue.end(A, turn, 1001.0)
    assert await queue.take_due_looks(1000.0 + SECOND_LOOK - 1) == 0
    assert await queue.take_due_looks(1000.0 + SECOND_LOOK) == 1
    assert jobs.take() == [A.text]
    assert await queue.take_due_looks(1000.0 + SECOND_LOOK) == 0


async def test_ensure_queues_only_what_is_idle(queue: Queue, jobs: Jobs) -> None:
    await queue.wake([Wake(A)], 1000.0)
    assert await queue.ensure([A.text, B.text], 1000.0) == 1
    assert jobs.take() == [A.text, B.text]
    turn = await queue.begin(B, 1000.0)
    assert turn is not None
    assert await queue.ensure([B.text], 1001.0) == 0
    await queue.end(B, turn, 1002.0)
    assert jobs.take() == [], "ensure does not raise the number"


async def test_a_lost_job_comes_back_after_a_lease(queue: Queue, jobs: Jobs) -> None:
    await queue.wake([Wake(A)], 1000.0)
    jobs.take()
    assert await queue.expired(1000.0 + LEASE - 1) == 0
    assert await queue.expired(1000.0 + LEASE) == 1
    assert jobs.take() == [A.text]
    assert await queue.expired(1000.0 + LEASE) == 0, "moved on"


async def test_a_dead_holder_is_followed_after_a_lease_and_cannot_come_back(queue: Queue, jobs: Jobs) -> None:
    await queue.wake([Wake(A)], 1000.0)
    jobs.take()
    dead = await queue.begin(A, 1000.0)
    assert dead is not None
    assert await queue.renew(A, dead, 1020.0)
    assert await queue.expired(1000.0 + LEASE) == 0, "it was renewed"
    assert await queue.expired(1020.0 + LEASE) == 1
    assert jobs.take() == [A.text]
    alive = await queue.begin(A, 1021.0 + LEASE)
    assert alive is not None
    assert not await queue.renew(A, dead, 1022.0 + LEASE)
    await queue.end(A, dead, 1022.0 + LEASE)
    assert await queue.renew(A, alive, 1022.0 + LEASE)


async def test_in_a_long_queue_a_job_is_waiting_not_lost(queue: Queue, jobs: Jobs) -> None:
    await queue.wake([Wake(pull(1, number)) for number in range(1500)], 1000.0)
    for later in range(1, 5):
        await queue.expired(1000.0 + later * LEASE)
    assert await queue.length() == 1500


async def test_more_than_one_script_full_of_lost_jobs_comes_back_in_one_tick(queue: Queue, jobs: Jobs) -> None:
    await queue.wake([Wake(pull(1, number)) for number in range(900)], 1000.0)
    jobs.take()
    assert await queue.expired(1000.0 + LEASE) == 900
    assert len(jobs.take()) == 900


async def test_a_job_that_could_not_work_is_tried_again_later(queue: Queue, jobs: Jobs) -> None:
    await queue.wake([Wake(A)], 1000.0)
    jobs.take()
    turn = await queue.begin(A, 1000.0)
    assert turn is not None
    await queue.end(A, turn, 1001.0, again_at=1010.0)
    assert await queue.expired(1009.0) == 0
    assert await queue.expired(1010.0) == 1
    assert jobs.take() == [A.text]


async def test_a_wiped_server_lets_nobody_begin_until_old_holders_are_gone(queue: Queue, jobs: Jobs) -> None:
    await queue.wake([Wake(A)], 1000.0)
    holder = await queue.begin(A, 1000.0)
    assert holder is not None
    jobs.client.flushall()
    await queue.wake([Wake(A)], 1001.0)
    assert jobs.take() == [A.text]
    assert await queue.begin(A, 1002.0) is None, "the holder may still be at work"
    assert await queue.expired(1001.0 + LEASE) == 1
    assert jobs.take() == [A.text]
    assert await queue.begin(A, 1001.0 + LEASE) is not None
    assert not await queue.renew(A, holder, 1001.0 + LEASE)


async def test_a_holder_that_renews_in_time_keeps_its_lock_through_a_wipe(queue: Queue, jobs: Jobs) -> None:
    await queue.wake([Wake(A)], 1000.0)
    holder = await queue.begin(A, 1000.0)
    assert holder is not None
    jobs.client.flushall()
    await queue.wake([Wake(A)], 1001.0)
    assert await queue.renew(A, holder, 1005.0)
    jobs.take()
    await queue.expired(1001.0 + LEASE)
    assert await queue.begin(A, 1002.0 + LEASE) is None, "still held"
    await queue.end(A, holder, 1003.0 + LEASE)
    assert jobs.take() == [A.text], "what was wanted after the wipe is looked at"


async def test_numbers_never_repeat_after_a_wipe(queue: Queue, jobs: Jobs) -> None:
    numbers = set()
    for round_ in range(5):
        await queue.start_fresh(0.0)
        await queue.wake([Wake(A)], 1000.0 + round_)
        turn = await queue.begin(A, 1000.0 + round_)
        assert turn is not None
        numbers.add(turn.sequence)
        jobs.client.flushall()
    assert len(numbers) == 5


async def test_the_identity_tells_a_wiped_server_from_the_same_one(queue: Queue, jobs: Jobs) -> None:
    before = (await queue.state(1000.0)).identity
    await queue.wake([Wake(A)], 1001.0)
    assert (await queue.state(1002.0)).identity == before
    jobs.client.flushall()
    assert (await queue.state(1003.0)).identity != before


async def test_it_is_known_how_far_the_work_has_come(queue: Queue) -> None:
    assert (await queue.state(900.0)).caught_up == 900.0
    await queue.wake([Wake(A)], 1000.0)
    await queue.wake([Wake(B)], 1005.0)
    await queue.wake([Wake(A)], 1006.0)
    assert (await queue.state(1010.0)).caught_up == 1000.0
    turn = await queue.begin(A, 1010.0)
    assert turn is not None
    await queue.end(A, turn, 1011.0)
    assert (await queue.state(1012.0)).caught_up == 1005.0
    turn = await queue.begin(B, 1012.0)
    assert turn is not None
    await queue.wake([Wake(B)], 1013.0)
    await queue.end(B, turn, 1014.0)
    assert (await queue.state(1015.0)).caught_up == 1014.0, "woken during the look: it is to be looked at again"


async def test_nothing_is_left_behind(queue: Queue, jobs: Jobs) -> None:
    for number in range(50):
        subject = pull(1, number)
        await queue.wake([Wake(subject, urgent=number % 2 == 0)], 1000.0)
        turn = await queue.begin(subject, 1000.0)
        assert turn is not None
        await queue.wake([Wake(subject, urgent=True)], 1000.0)
        await queue.end(subject, turn, 1000.0)
        last = await queue.begin(subject, 1000.0)
        assert last is not None
        await queue.end(subject, last, 1000.0)
    jobs.take()
    jobs.client.delete(*jobs.client.keys("rq:*"))
    assert jobs.client.keys() == [b"tagboat:epoch"]


async def test_odd_names_travel(queue: Queue, jobs: Jobs) -> None:
    odd = [environment(1, name) for name in ('a"b', "a\\b", "ü/ö", "a|b", "%41", "", "line\nbreak", "x" * 300)]
    await queue.wake([Wake(subject) for subject in odd], 1000.0)
    assert [Subject.parse(text) for text in jobs.take()] == odd


async def test_a_hold_is_the_latest_that_was_imposed(queue: Queue) -> None:
    assert await queue.held(9) == 0.0
    await queue.hold(9, 2000.5)
    await queue.hold(9, 1000.0)
    assert (await queue.held(9), await queue.held(8)) == (2000.5, 0.0)


async def test_writes_are_paced_and_a_long_wait_takes_no_slot(queue: Queue) -> None:
    async def slot(now: float) -> float:
        return await queue.pace(9, now, every=1.0, burst=3, longest=2.0)

    assert [await slot(1000.0) for _ in range(7)] == [0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 3.0]
    assert await slot(1001.5) == pytest.approx(1.5)
    assert [await slot(2000.0) for _ in range(4)] == [0.0, 0.0, 0.0, 1.0]
    assert await queue.pace(8, 1000.0, every=1.0, burst=3, longest=2.0) == 0.0


async def test_who_asks_an_absent_server_is_told_soon() -> None:
    async with Queue.connect("unix:///nonexistent/socket") as absent:
        with pytest.raises(RedisError):
            await asyncio.wait_for(absent.wake([Wake(A)], 1000.0), 3)
        with pytest.raises(RedisError):
            await asyncio.wait_for(asyncio.gather(*(absent.wake([Wake(A)], 1.0) for _ in range(50))), 5)


async def test_a_waker_that_gives_up_does_not_keep_the_others(queue: Queue, jobs: Jobs) -> None:
    impatient = asyncio.create_task(queue.wake([Wake(A)], 1000.0))
    patient = asyncio.create_task(queue.wake([Wake(B)], 1000.0))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.wait_for(patient, 2)
    assert B.text in jobs.take()


def test_the_jobs_hash_is_what_rq_itself_writes(redis_url: str) -> None:
    """Our script writes rq's format: a new rq that changes it must be noticed here."""
    with redis.Redis.from_url(redis_url) as client:
        theirs = RqQueue(QUEUE, connection=client, serializer=JSONSerializer).enqueue(JOB, args=[A.text], result_ttl=0)
        written = {name for name, value in client.hgetall(theirs.key).items() if value}
        ours = {name.encode() for name in module._job_template()["fields"][::2]}
        assert written - ours <= {b"data", b"description", b"created_at", b"enqueued_at", b"success_callback_name"}
        assert Job.fetch(theirs.id, connection=client, serializer=JSONSerializer).args == [A.text]
        client.flushall()
