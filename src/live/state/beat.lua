-- Says that a replica lives, and takes those away of whom nothing was heard for too long.
-- KEYS[1]: when each was last heard of. ARGV: its name; how long silence may last, in milliseconds.
-- Answers whether this one was known, and the names of the dead.
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local dead = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
for _, name in ipairs(dead) do redis.call('ZREM', KEYS[1], name) end
local is_new = redis.call('ZADD', KEYS[1], now, ARGV[1])
return { 1 - is_new, dead }
