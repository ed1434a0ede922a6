-- Empties the state and begins to build it anew, unless someone does so already.
-- ARGV: the token of this rebuild; how long it may pause, in milliseconds.
-- Answers what time it is, in milliseconds, or nothing.
if not redis.call('SET', lease, ARGV[1], 'NX', 'PX', ARGV[2]) then return false end
for _, channel in ipairs(redis.call('SMEMBERS', channels)) do redis.call('UNLINK', visitors(channel)) end
redis.call('UNLINK', unpack(KEYS, 1, #KEYS - 1))
local now = now_ms()
-- Readings go on above those of the state before.
local first_reading = string.format('%.0f', now * 1000)
redis.call('HSET', meta, 'process', process(), 'building', ARGV[1], 'begun', now, 'mark', '0', 'alerts', now,
  'readings', first_reading)
return now
