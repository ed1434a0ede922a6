-- Gives a floor its version. Versions are text: Lua would write such numbers with an exponent.
--
-- KEYS[1]: the last floor's digest and version, the last reading's number, and the process of Redis
-- that knows them; KEYS[2]: what the state says of itself. ARGV: the digest; the least version; the
-- clock, in microseconds; the number of the reading, or 'no state' when the floor was counted over the
-- database for want of a state, or '' when it was whatever there is. Answers the version, or nothing
-- when another floor was read later.
local digest, least, now, basis = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local process = redis.call('INFO', 'server'):match('run_id:(%x+)')
local known = redis.call('HMGET', KEYS[1], 'digest', 'version', 'reading', 'process')
local version = tonumber(known[2] or 0)
if basis == 'no state' then
  if redis.call('HGET', KEYS[2], 'process') == process then return '' end
elseif basis ~= '' then
  if tonumber(known[3] or 0) > tonumber(basis) then return '' end
  redis.call('HSET', KEYS[1], 'reading', basis)
end
-- While Redis was away, replicas gave versions alone.
if known[4] ~= process then least = math.max(least, now) end
if known[1] ~= digest or version < least then
  version = math.max(version + 1, least, now)
  redis.call('HSET', KEYS[1], 'digest', digest, 'version', string.format('%.0f', version),
    'process', process)
end
redis.call('EXPIRE', KEYS[1], 86400)
return string.format('%.0f', version)
