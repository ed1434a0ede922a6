-- Counts over the state at an instant.
--
-- ARGV, instants in microseconds: after which a session was heard of to be active; before which it
-- was queued to be late; after which it was heard of to wait; up to which silent sessions are
-- forgotten; after which a visitor was seen to be present; the same of the window before; most ids
-- of late sessions. Answers 'ok', the number of this reading and the counts, or 'lost', or 'building'.
local idle, late, silent, forget = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local present_after, before_after, most = ARGV[5], ARGV[6], tonumber(ARGV[7])
local known = redis.call('HMGET', meta, 'process', 'building', 'mark', 'alerts')
if not known[1] or known[1] ~= process() then return { 'lost' } end
if known[2] then return { redis.call('EXISTS', lease) == 1 and 'building' or 'lost' } end

-- Whoever has been silent for a day waits no longer; nobody is silent for a day and a while.
local hidden, hidden_count = {}, 0
for _, place in ipairs({ active, other }) do
  local forgotten = redis.call('ZRANGEBYSCORE', place, '-inf', forget, 'LIMIT', 0, 1000)
  if forgotten[1] then
    redis.call('HDEL', sessions, unpack(forgotten))
    for _, key in ipairs({ place, busy, queue }) do redis.call('ZREM', key, unpack(forgotten)) end
  end
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', place, '-inf', silent)) do
    local queued_at = redis.call('ZSCORE', queue, id)
    if queued_at then
      hidden[id], hidden_count = tonumber(queued_at), hidden_count + 1
    end
  end
end

local queued = redis.call('ZCARD', queue) - hidden_count
local late_count = redis.call('ZCOUNT', queue, '-inf', '(' .. late)
for _, queued_at in pairs(hidden) do
  if queued_at < tonumber(late) then late_count = late_count - 1 end
end
local waiting_since, late_ids = '', {}
local first = redis.call('ZRANGE', queue, 0, hidden_count, 'WITHSCORES')
for index = 1, #first, 2 do
  if not hidden[first[index]] then
    waiting_since = first[index + 1]
    break
  end
end
if late_count > 0 then
  local ids = redis.call('ZRANGEBYSCORE', queue, '-inf', '(' .. late, 'LIMIT', 0, most + hidden_count)
  for _, id in ipairs(ids) do
    if not hidden[id] and #late_ids < most then late_ids[#late_ids + 1] = id end
  end
end

local slots, in_hand = {}, redis.call('ZRANGEBYSCORE', busy, '(' .. idle, '+inf')
each_thousand(in_hand, function(...)
  for _, held in ipairs(redis.call('HMGET', sessions, ...)) do
    local agent = held and held:match('^.%d* %d+ (.*)$')
    if agent then slots[agent] = (slots[agent] or 0) + 1 end
  end
end)
local busy_slots = {}
for agent, count in pairs(slots) do
  busy_slots[#busy_slots + 1] = agent
  busy_slots[#busy_slots + 1] = count
end

-- What happened up to the mark is in the window before, or older.
local mark = known[3]
if tonumber(present_after) > tonumber(mark) then
  mark = present_after
  redis.call('HSET', meta, 'mark', mark)
end
local seen_on = {}
for _, channel in ipairs(redis.call('SMEMBERS', channels)) do
  local seen, due, before = visitors(channel)
  repeat
    local passed = redis.call('ZRANGEBYSCORE', due, '-inf', mark, 'WITHSCORES', 'LIMIT', 0, 500)
    if passed[1] then
      local moved = {}
      for index = 1, #passed, 2 do
        moved[index], moved[index + 1] = passed[index + 1], passed[index]:sub(1, 8)
      end
      redis.call('ZADD', before, 'GT', unpack(moved))
      redis.call('ZREMRANGEBYRANK', due, 0, #passed / 2 - 1)
    end
  until not passed[1]
  local present = redis.call('ZCOUNT', seen, '(' .. present_after, '+inf')
  local present_before = redis.call('ZCOUNT', before, '(' .. before_after, '+inf')
  redis.call('ZREMRANGEBYSCORE', before, '-inf', before_after)
  redis.call('ZREMRANGEBYSCORE', seen, '-inf', before_after)
  if present == 0 and present_before == 0 and redis.call('ZCARD', due) == 0 then
    redis.call('SREM', channels, channel)
  else
    seen_on[#seen_on + 1] = { channel, present, present_before }
  end
end

local active_count = redis.call('ZCOUNT', active, '(' .. idle, '+inf')
local reading = redis.call('HINCRBY', meta, 'readings', 1)
return {
  'ok', reading, active_count, queued, late_count, waiting_since, known[4] or '0', late_ids, busy_slots,
  seen_on, redis.call('HVALS', agents),
}
