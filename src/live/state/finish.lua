-- Ends a rebuild; answers whether its state stands.
-- ARGV: the token of this rebuild; whether it went through.
if redis.call('GET', lease) == ARGV[1] then redis.call('DEL', lease) end
if ARGV[2] ~= '1' or redis.call('HGET', meta, 'building') ~= ARGV[1] then return 0 end
redis.call('HDEL', meta, 'building')
return 1
