-- Lends tokens of a bucket: as many as are asked for, or as there are (GCRA).
--
-- KEYS[1]: the instant, in microseconds, at which the bucket is full again. ARGV: tokens a second; most
-- tokens at once; tokens asked for. Answers the tokens lent, and milliseconds until there is one.
local rate, burst, asked = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local step = 1000000 / rate
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
-- Less than a microsecond is lost in writing.
local lent = math.min(asked, math.floor(burst - (full_at - now - 1) / step))
if lent < 1 then
  return { 0, math.ceil((full_at - now - (burst - 1) * step) / 1000) }
end
full_at = full_at + lent * step
redis.call('SET', KEYS[1], string.format('%.0f', full_at), 'PX',
  math.ceil((full_at - now) / 1000) + 1000)
return { lent, 0 }
