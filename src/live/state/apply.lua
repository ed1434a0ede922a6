-- Joins changes into the state. Everything is a minimum, a maximum or a flag that is only ever set,
-- so that neither order nor repetition matters. Instants are microseconds, and stay text: Lua would
-- write such numbers with an exponent.
--
-- ARGV: the last millisecond at which this may run, or 0; the one before which none of it was so, or
-- 0; the token of a rebuild, or ''; how many sessions, sessions heard of, channels and agents follow;
-- whether an alert was acknowledged; then these, one after the other. Answers 'ok' with the sessions
-- of which more must be known, 'late', or 'lost' when there is no state to join into.
local latest, since, token = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local now = now_ms()
if latest > 0 and now > latest then return { 'late', {} } end
local known = redis.call('HMGET', meta, 'process', 'building', 'mark', 'begun')
if not known[1] or (token ~= '' and known[2] ~= token) then return { 'lost', {} } end
-- A session of before may have ended before, too, and the state would not know. Less than a
-- millisecond may have been rounded away.
local is_all_known = token ~= '' or since > tonumber(known[4] or '0') + 1
local touched = ARGV[8] == '1'
local next_argument = 9

-- As bytes: Lua compares by the rules of a language.
local function is_less(a, b)
  for index = 1, math.min(#a, #b) do
    local x, y = a:byte(index), b:byte(index)
    if x ~= y then return x < y end
  end
  return #a < #b
end

-- Commands over many members cost a fraction of as many commands: they are collected.
local function add(list, first, second)
  local len = #list
  list[len + 1], list[len + 2] = first, second
end
local stored, in_active, in_other, in_hand, in_queue = {}, {}, {}, {}, {}
local ended, closed, no_longer_queued, unknown = {}, {}, {}, {}

-- What is held: whether it started, and when it was queued, then when and to whom it was assigned.
local function join(id, held, is_started, queued_at, assigned_at, agent, heard_at)
  local place, list = active, in_active
  local is_new, was_assigned = not held, false
  if held then
    local started, was_queued_at, was_assigned_at, was_agent = held:match('^(.)(%d*) (%d*) (.*)$')
    is_started = is_started or started == 's'
    if was_queued_at ~= '' and (queued_at == '' or tonumber(was_queued_at) < tonumber(queued_at)) then
      queued_at = was_queued_at
    end
    was_assigned = was_assigned_at ~= ''
    if was_assigned then
      local new, old = tonumber(assigned_at) or -1, tonumber(was_assigned_at)
      if new < old or (new == old and is_less(agent, was_agent)) then
        assigned_at, agent = was_assigned_at, was_agent
      end
    elseif assigned_at ~= '' and was_queued_at ~= '' then
      no_longer_queued[#no_longer_queued + 1] = id
    end
    if is_started and started ~= 's' then
      local before = redis.call('ZSCORE', other, id)
      if before and tonumber(before) > tonumber(heard_at) then heard_at = before end
      redis.call('ZREM', other, id)
      is_new = true
    end
  end
  if not is_started then place, list = other, in_other end
  add(list, heard_at, id)
  if assigned_at ~= '' then
    if not was_assigned and not is_new then
      local before = redis.call('ZSCORE', place, id)
      if before and tonumber(before) > tonumber(heard_at) then heard_at = before end
    end
    add(in_hand, heard_at, id)
  elseif queued_at ~= '' then
    add(in_queue, queued_at, id)
  end
  local value = (is_started and 's' or '-') .. queued_at .. ' ' .. assigned_at .. ' ' .. agent
  if value ~= held then add(stored, id, value) end
end

-- An id, then flags (1 for all that was known, 2 for started, 4 for ended), when it was queued, when it
-- was assigned, when it was heard of, and who has it.
local sessions_end = next_argument + 2 * tonumber(ARGV[4]) - 1
local ids = {}
for index = next_argument, sessions_end, 2 do ids[#ids + 1] = ARGV[index] end
local number = 0
each_thousand(ids, function(...)
  for _, held in ipairs(redis.call('HMGET', sessions, ...)) do
    local index = next_argument + 2 * number
    number = number + 1
    if held ~= 'ended' then
      local id = ARGV[index]
      local flags, queued_at, assigned_at, heard_at, agent =
        ARGV[index + 1]:match('^(%d) (%S*) (%S*) (%S*) (.*)$')
      flags = tonumber(flags)
      if flags >= 4 then
        -- It stays known as such, so that news that come late cannot open it again.
        add(stored, id, 'ended')
        ended[#ended + 1] = now .. ' ' .. id
        if held then closed[#closed + 1] = id end
      elseif held or (flags % 2 == 1 and is_all_known) then
        local is_started = flags >= 2
        touched = touched or (assigned_at == '' and (is_started or queued_at ~= ''))
        join(id, held, is_started, queued_at, assigned_at, agent, heard_at)
      else
        unknown[#unknown + 1] = id
      end
    end
  end
end)
next_argument = sessions_end + 1
each_thousand(closed, function(...)
  for _, key in ipairs({ active, other, busy, queue }) do redis.call('ZREM', key, ...) end
end)
each_thousand(no_longer_queued, function(...) redis.call('ZREM', queue, ...) end)
each_thousand(stored, function(...) redis.call('HSET', sessions, ...) end)
each_thousand(ended, function(...) redis.call('RPUSH', gone, ...) end)
each_thousand(in_active, function(...) redis.call('ZADD', active, 'GT', ...) end)
each_thousand(in_other, function(...) redis.call('ZADD', other, 'GT', ...) end)
each_thousand(in_hand, function(...) redis.call('ZADD', busy, 'GT', ...) end)
each_thousand(in_queue, function(...) redis.call('ZADD', queue, ...) end)

local function take(count)
  local first = next_argument
  next_argument = next_argument + count
  return unpack(ARGV, first, first + count - 1)
end

local heard = {}
for _ = 1, 2 * tonumber(ARGV[5]) do
  heard[#heard + 1] = ARGV[next_argument]
  next_argument = next_argument + 1
end
for _, place in ipairs({ active, other, busy }) do
  each_thousand(heard, function(...) redis.call('ZADD', place, 'XX', 'GT', ...) end)
end

-- A sign of life before the mark is one of the window before; the others come to it in time.
local mark = tonumber(known[3])
for _ = 1, tonumber(ARGV[6]) do
  local channel, count = take(2)
  local seen_key, due_key, before_key = visitors(channel)
  local seen, due, before = {}, {}, {}
  for _ = 1, tonumber(count) do
    local at, visitor = ARGV[next_argument], ARGV[next_argument + 1]
    next_argument = next_argument + 2
    add(seen, at, visitor)
    if tonumber(at) > mark then add(due, at, visitor .. at) else add(before, at, visitor) end
  end
  redis.call('SADD', channels, channel)
  each_thousand(seen, function(...) redis.call('ZADD', seen_key, 'GT', ...) end)
  each_thousand(due, function(...) redis.call('ZADD', due_key, ...) end)
  each_thousand(before, function(...) redis.call('ZADD', before_key, 'GT', ...) end)
  for _, key in ipairs({ seen_key, due_key, before_key }) do redis.call('EXPIRE', key, 86400) end
end

for _ = 1, tonumber(ARGV[7]) do
  local id, revision, row = take(3)
  local held = redis.call('HGET', agents, id)
  if not held or tonumber(held:match('^%d+')) < tonumber(revision) then
    redis.call('HSET', agents, id, revision .. ' ' .. row)
  end
end

if touched then redis.call('HINCRBY', meta, 'alerts', 1) end
-- Longer than any news can be on their way.
local forgotten = {}
for _, entry in ipairs(redis.call('LRANGE', gone, 0, 999)) do
  local at, id = entry:match('^(%d+) (.*)$')
  if now - at < 600000 then break end
  forgotten[#forgotten + 1] = id
end
if forgotten[1] then
  redis.call('HDEL', sessions, unpack(forgotten))
  redis.call('LTRIM', gone, #forgotten, -1)
end
for index = 1, #KEYS - 1 do redis.call('EXPIRE', KEYS[index], 172800) end
-- A rebuild goes on.
if token ~= '' then redis.call('PEXPIRE', lease, 30000) end
return { 'ok', unknown }
