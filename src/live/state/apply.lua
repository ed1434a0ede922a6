-- Joins changes into the state. Everything is a minimum, a maximum or a flag that is only ever set,
-- so that neither order nor repetition matters. Instants are microseconds, and stay text: Lua would
-- write such numbers with an exponent.
--
-- ARGV: the last millisecond at which this may run, or 0; the token of a rebuild, or ''; how many
-- sessions, sessions heard of, channels and agents follow; whether an alert was acknowledged; then
-- these, one after the other. Answers 'ok' with the sessions of which more must be known, 'late',
-- or 'lost' when there is no state to join into.
local latest, token = tonumber(ARGV[1]), ARGV[2]
local now = now_ms()
if latest > 0 and now > latest then return { 'late', {} } end
local known = redis.call('HMGET', meta, 'process', 'building', 'mark')
if not known[1] or (token ~= '' and known[2] ~= token) then return { 'lost', {} } end
local touched = ARGV[7] == '1'
local next_argument = 8
local function take(count)
  local first = next_argument
  next_argument = next_argument + count
  return unpack(ARGV, first, first + count - 1)
end

-- As bytes: Lua compares by the rules of a language.
local function is_less(a, b)
  for index = 1, math.min(#a, #b) do
    local x, y = a:byte(index), b:byte(index)
    if x ~= y then return x < y end
  end
  return #a < #b
end

-- An ended session stays known as such, so that news that come late cannot open it again.
local function close(id, held)
  if held then
    redis.call('ZREM', active, id)
    redis.call('ZREM', other, id)
    redis.call('ZREM', busy, id)
    redis.call('ZREM', queue, id)
  end
  redis.call('HSET', sessions, id, 'ended')
  redis.call('ZADD', gone, now, id)
end

local function join(id, held, flags, queued_at, assigned_at, agent, heard_at)
  local was_started, was_assigned, was_queued_at, was_assigned_at, was_agent = '-', '-', '', '', ''
  if held then
    was_started, was_assigned, was_queued_at, was_assigned_at, was_agent =
      held:match('^(.)(.) (%d*) (%d*) (.*)$')
  end
  local started = (was_started == 's' or flags:find('s', 1, true)) and 's' or '-'
  local assigned = (was_assigned == 'a' or flags:find('a', 1, true)) and 'a' or '-'
  if was_queued_at ~= '' and (queued_at == '' or tonumber(was_queued_at) < tonumber(queued_at)) then
    queued_at = was_queued_at
  end
  if was_assigned_at ~= '' then
    local new, old = tonumber(assigned_at) or -1, tonumber(was_assigned_at)
    if new < old or (new == old and is_less(agent, was_agent)) then
      assigned_at, agent = was_assigned_at, was_agent
    end
  end

  local place = started == 's' and active or other
  if held and started ~= was_started then
    local before = redis.call('ZSCORE', other, id)
    if before and tonumber(before) > tonumber(heard_at) then heard_at = before end
    redis.call('ZREM', other, id)
  end
  redis.call('ZADD', place, 'GT', heard_at, id)
  if assigned_at ~= '' then
    local heard = held and was_assigned_at == '' and redis.call('ZSCORE', place, id) or heard_at
    redis.call('ZADD', busy, 'GT', heard, id)
  end
  if queued_at ~= '' and assigned == '-' then
    redis.call('ZADD', queue, queued_at, id)
    touched = touched or flags:find('d', 1, true)
  elseif was_queued_at ~= '' and was_assigned == '-' then
    redis.call('ZREM', queue, id)
  end
  local value = started .. assigned .. ' ' .. queued_at .. ' ' .. assigned_at .. ' ' .. agent
  if value ~= held then redis.call('HSET', sessions, id, value) end
end

local unknown = {}
for _ = 1, tonumber(ARGV[3]) do
  local id, flags, queued_at, assigned_at, agent, heard_at = take(6)
  local held = redis.call('HGET', sessions, id)
  if held ~= 'ended' then
    if flags:find('e', 1, true) then
      close(id, held)
    elseif held or flags:find('w', 1, true) then
      join(id, held, flags, queued_at, assigned_at, agent, heard_at)
    else
      unknown[#unknown + 1] = id
    end
  end
end

local heard = {}
for _ = 1, 2 * tonumber(ARGV[4]) do heard[#heard + 1] = take(1) end
for _, place in ipairs({ active, other, busy }) do
  each_thousand(heard, function(...) redis.call('ZADD', place, 'XX', 'GT', ...) end)
end

-- A sign of life before the mark is one of the window before; the others come to it in time.
local mark = tonumber(known[3])
for _ = 1, tonumber(ARGV[5]) do
  local channel, count = take(2)
  local seen_key, due_key, before_key = visitors(channel)
  local seen, due, before = {}, {}, {}
  for _ = 1, tonumber(count) do
    local at, visitor = take(2)
    seen[#seen + 1], seen[#seen + 2] = at, visitor
    if tonumber(at) > mark then
      due[#due + 1], due[#due + 2] = at, visitor .. at
    else
      before[#before + 1], before[#before + 2] = at, visitor
    end
  end
  redis.call('SADD', channels, channel)
  each_thousand(seen, function(...) redis.call('ZADD', seen_key, 'GT', ...) end)
  each_thousand(due, function(...) redis.call('ZADD', due_key, ...) end)
  each_thousand(before, function(...) redis.call('ZADD', before_key, 'GT', ...) end)
  for _, key in ipairs({ seen_key, due_key, before_key }) do redis.call('EXPIRE', key, 86400) end
end

for _ = 1, tonumber(ARGV[6]) do
  local id, revision, row = take(3)
  local held = redis.call('HGET', agents, id)
  if not held or tonumber(held:match('^%d+')) < tonumber(revision) then
    redis.call('HSET', agents, id, revision .. ' ' .. row)
  end
end

if touched then redis.call('HINCRBY', meta, 'alerts', 1) end
-- Longer than any news can be on their way.
local forgotten = redis.call('ZRANGEBYSCORE', gone, '-inf', now - 600000, 'LIMIT', 0, 1000)
if forgotten[1] then
  redis.call('HDEL', sessions, unpack(forgotten))
  redis.call('ZREM', gone, unpack(forgotten))
end
for index = 1, #KEYS - 1 do redis.call('EXPIRE', KEYS[index], 172800) end
-- A rebuild goes on.
if token ~= '' then redis.call('PEXPIRE', lease, 30000) end
return { 'ok', unknown }
