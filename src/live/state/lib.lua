-- What all scripts of the state share. KEYS are those of `Keys::state`, in its order.
local meta, sessions, active, other, busy = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local queue, gone, agents, channels, lease = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]

-- Keys of one channel, in the slot of the others.
local function visitors(channel)
  return meta .. ':seen:' .. channel, meta .. ':due:' .. channel, meta .. ':before:' .. channel
end

-- Calls a command with any number of arguments: Lua unpacks some thousands at most.
local function each_thousand(arguments, call)
  for first = 1, #arguments, 1000 do
    call(unpack(arguments, first, math.min(first + 999, #arguments)))
  end
end

-- The process that keeps the state: one that started anew may have forgotten the last of it.
local function process()
  return redis.call('INFO', 'server'):match('run_id:(%x+)')
end

local function now_ms()
  local now = redis.call('TIME')
  return now[1] * 1000 + math.floor(now[2] / 1000)
end
