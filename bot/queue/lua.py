"""What Redis does in one step, in Lua: nothing between two lines of a script can be lost, and repeating a whole script is harmless.

The state under one prefix, `P`: `seq` subject → sequence number, there while something is wanted; `due` subject → when whatever is under
way for it (a job in the queue, or a worker at work) counts as lost; `lock` subject → the holder's token, good until `due`; `looks` subject
→ when to look a second time; `urgent` subjects to be pushed to the front when their holder ends; `since` subject → the first wake that is
not satisfied yet; `epoch` the server's identity.

A server that was wiped has forgotten who holds what, while the holders are still at work. So a server without `epoch` lets nobody begin
for one lease: time enough for every holder to renew (its lock is given back) or to notice that it cannot.
"""

PREAMBLE = """
local P = KEYS[1]
local now, lease = tonumber(ARGV[1]), tonumber(ARGV[2])
local job = cjson.decode(ARGV[3])
local pushed = 0

local function push(subject, front)
  pushed = pushed + 1
  local id = job.id .. '-' .. pushed
  redis.call('HSET', job.prefix .. id, 'data', job.head .. subject .. job.tail, 'description', subject,
             'created_at', job.at, 'enqueued_at', job.at, unpack(job.fields))
  redis.call('SADD', job.queues, job.queue)
  redis.call(front and 'LPUSH' or 'RPUSH', job.queue, id)
end

local function want(subject)
  redis.call('HSETNX', P .. 'seq', subject, job.epoch)
  redis.call('ZADD', P .. 'since', 'NX', now, subject)
end

local function is_busy(subject)
  local due = redis.call('ZSCORE', P .. 'due', subject)
  return due and tonumber(due) > now
end

local function start(subject, front)
  want(subject)
  redis.call('HDEL', P .. 'lock', subject)
  redis.call('ZADD', P .. 'due', now + lease, subject)
  push(subject, front)
end

local function raise(subject, urgent)
  want(subject)
  redis.call('HINCRBY', P .. 'seq', subject, 1)
  if not is_busy(subject) then
    start(subject, urgent)
  elseif urgent and redis.call('HEXISTS', P .. 'lock', subject) == 1 then
    redis.call('SADD', P .. 'urgent', subject)
  elseif urgent then
    push(subject, true)
  end
end

local open_at = redis.call('HGET', P .. 'epoch', 'open_at')
if not open_at then
  open_at = now + lease
  redis.call('HSET', P .. 'epoch', 'id', job.id, 'open_at', open_at)
end
open_at = tonumber(open_at)
"""

# ARGV[4]: when to look again. Then one argument per wake: a digit (1 urgent, 2 look again, 3 both) and the subject.
WAKE = (
    PREAMBLE
    + """
for i = 5, #ARGV do
  local flags, subject = tonumber(ARGV[i]:sub(1, 1)), ARGV[i]:sub(2)
  raise(subject, flags % 2 == 1)
  if flags >= 2 then redis.call('ZADD', P .. 'looks', ARGV[4], subject) end
end
return pushed
"""
)

ENSURE = (
    PREAMBLE
    + """
for i = 4, #ARGV do
  if not redis.call('ZSCORE', P .. 'due', ARGV[i]) then start(ARGV[i], false) end
end
return pushed
"""
)

# ARGV: subject, token. The same token again gets the same answer: redis-py repeats a command whose answer was lost.
BEGIN = (
    PREAMBLE
    + """
local subject, token = ARGV[4], ARGV[5]
local number = redis.call('HGET', P .. 'seq', subject)
if not number then return false end
if redis.call('HGET', P .. 'lock', subject) ~= token then
  if redis.call('HEXISTS', P .. 'lock', subject) == 1 and is_busy(subject) then return false end
  if now < open_at then
    redis.call('ZADD', P .. 'due', open_at, subject)
    return false
  end
end
redis.call('HSET', P .. 'lock', subject, token)
redis.call('ZADD', P .. 'due', now + lease, subject)
redis.call('SREM', P .. 'urgent', subject)
return number
"""
)

RENEW = (
    PREAMBLE
    + """
local subject, token = ARGV[4], ARGV[5]
local holder = redis.call('HGET', P .. 'lock', subject)
if holder and holder ~= token then return 0 end
if not holder and now >= open_at then return 0 end
want(subject)
redis.call('HSET', P .. 'lock', subject, token)
redis.call('ZADD', P .. 'due', now + lease, subject)
return 1
"""
)

# ARGV: subject, token, the sequence number that begin gave, and when to try again if the job could not do its work ('' if it could).
END = (
    PREAMBLE
    + """
local subject, token, seen, again_at = ARGV[4], ARGV[5], ARGV[6], ARGV[7]
if redis.call('HGET', P .. 'lock', subject) ~= token then return -1 end
redis.call('HDEL', P .. 'lock', subject)
local urgent = redis.call('SREM', P .. 'urgent', subject) == 1
redis.call('ZREM', P .. 'since', subject)
if redis.call('HGET', P .. 'seq', subject) ~= seen then
  start(subject, urgent)
elseif again_at ~= '' then
  want(subject)
  redis.call('ZADD', P .. 'due', again_at, subject)
else
  redis.call('HDEL', P .. 'seq', subject)
  redis.call('ZREM', P .. 'due', subject)
end
return pushed
"""
)

# ARGV[4]: at most so many.
LOOKS = (
    PREAMBLE
    + """
local due = redis.call('ZRANGEBYSCORE', P .. 'looks', '-inf', now, 'LIMIT', 0, ARGV[4])
for _, subject in ipairs(due) do
  redis.call('ZREM', P .. 'looks', subject)
  raise(subject, false)
end
return #due
"""
)

# ARGV: at most so many, and the length of the queue from which on a job that has not begun is taken to wait rather than to be lost.
EXPIRED = (
    PREAMBLE
    + """
local waiting = redis.call('LLEN', job.queue)
local lost = redis.call('ZRANGEBYSCORE', P .. 'due', '-inf', now, 'LIMIT', 0, ARGV[4])
for _, subject in ipairs(lost) do
  if redis.call('HEXISTS', P .. 'lock', subject) == 1 or waiting < tonumber(ARGV[5]) then
    start(subject, false)
    waiting = waiting + 1
  else
    redis.call('ZADD', P .. 'due', now + lease, subject)
  end
end
return #lost
"""
)

# The server's identity, and when the first wake was sent that is not satisfied yet.
EPOCH = (
    PREAMBLE
    + """
local oldest = redis.call('ZRANGE', P .. 'since', 0, 0, 'WITHSCORES')
return {redis.call('HGET', P .. 'epoch', 'id'), oldest[2] or false}
"""
)

# Without the preamble: these two know nothing of jobs. KEYS[1] is a hash by installation. ARGV: installation, until.
HOLD = """
local there = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or 0)
if tonumber(ARGV[2]) > there then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
return 1
"""

# ARGV: installation, now, every, burst, longest.
PACE = """
local now, every, burst = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local free_at = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or 0)
free_at = math.max(free_at, now - (burst - 1) * every)
local wait = math.max(0, free_at - now)
if wait <= tonumber(ARGV[5]) then
  redis.call('HSET', KEYS[1], ARGV[1], string.format('%.6f', free_at + every))
end
return string.format('%.6f', wait)
"""
